"""Mail to those who asked to hear about replies to their comment."""
