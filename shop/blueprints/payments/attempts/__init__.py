"""A payment from its start at a provider to its end there: begun, looked up, gone on with, ended."""
