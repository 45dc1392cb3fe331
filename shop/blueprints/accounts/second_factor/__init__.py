"""A second factor beside the password: one-time codes of an app, and recovery codes for when the app is lost."""
