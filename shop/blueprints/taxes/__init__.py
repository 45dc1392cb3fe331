"""What the tax on an order is, by the country it goes to."""
