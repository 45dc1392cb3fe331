"""The themes that come with the shop, besides its own look: a newspaper, and one for the evening."""
