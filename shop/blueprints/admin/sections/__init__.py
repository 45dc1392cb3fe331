"""The sections of the house itself."""
