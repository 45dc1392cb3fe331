"""People without an account: a mailed link shows them what is kept about them."""
