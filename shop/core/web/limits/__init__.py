"""How much one visitor, and all of them together, may ask of the site."""
