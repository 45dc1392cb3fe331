"""What becomes of a new comment before a person decides: checks, the classifier that learns, and the policy that holds
or publishes."""
