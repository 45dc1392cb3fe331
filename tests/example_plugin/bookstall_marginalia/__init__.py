"""Notes in the margin: an example plugin that implements every hook."""
