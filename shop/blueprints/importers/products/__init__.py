"""Products and orders on their way in, whatever shop they come from."""
