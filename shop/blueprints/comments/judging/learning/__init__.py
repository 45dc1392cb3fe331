"""What the site learns from its moderators' decisions about wording: features of a text, weights that judge and learn,
lessons, and what may be said of them."""
