"""What readers write in a plugin and staff decide on: how it begins, decisions, late checks, the pages of staff."""
