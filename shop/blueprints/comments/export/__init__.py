"""Every comment as a file: JSON of our own, and WXR for other systems."""
