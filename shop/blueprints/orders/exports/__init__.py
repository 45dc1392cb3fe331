"""Orders to take home: as files, from the back office and by `shop orders export`."""
