"""The format of an export: the ZIP, what lies where in it, and names that hold everywhere."""
