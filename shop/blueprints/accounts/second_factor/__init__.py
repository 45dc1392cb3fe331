"""A second factor beside the password: passkeys, one-time codes of an app, recovery codes for when both are lost."""
