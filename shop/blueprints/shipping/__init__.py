"""Where we send to, and what that costs."""
