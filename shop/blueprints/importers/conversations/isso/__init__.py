"""Isso's database (SQLite), opened to be read and for nothing else."""
