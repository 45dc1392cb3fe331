"""The official client's hosted Checkout as a way to pay."""
