"""Joining: registration, its confirmation, and the first or a new password by a mailed link."""
