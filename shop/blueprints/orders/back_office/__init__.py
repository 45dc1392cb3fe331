"""Orders for staff: the list of all, and the page of one with its timeline and notes."""
