"""Reviews: stars and words on what the shop sells."""
