"""Money that goes back: decided here, carried out by the provider, and what follows from its answer."""
