"""Akismet: asks a service whether a comment is spam, and tells it where it was wrong."""
