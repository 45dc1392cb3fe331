"""Comments on their way in, whatever system they come from."""
