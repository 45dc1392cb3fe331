"""What becomes of a new comment by itself: checks, what decisions taught, and the policy that holds or publishes."""
