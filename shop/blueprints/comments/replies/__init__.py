"""Mail to those who asked to hear of replies to their comment."""
