"""How many there are: reservations, counted levels, the ledger that explains both, and their page."""
