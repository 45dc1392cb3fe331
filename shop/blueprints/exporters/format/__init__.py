"""The format of an export: the ZIP, what lies where in it, rows as plain values, and names that hold everywhere."""
