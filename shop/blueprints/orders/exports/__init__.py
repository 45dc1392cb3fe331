"""Orders as files: from the admin and by `shop orders export`."""
