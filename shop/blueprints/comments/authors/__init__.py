"""One's own comments: how an author is known again, and may change or take back what they wrote."""
