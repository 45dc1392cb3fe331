"""Staff at work on one comment: they answer it, edit its text, and see what is known of its author."""
