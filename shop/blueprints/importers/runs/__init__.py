"""Imports that are begun in the admin: a file is checked, brought in by a job, and can be taken back as a whole."""
