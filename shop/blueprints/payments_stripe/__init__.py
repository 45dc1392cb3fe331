"""The official client's hosted Checkout as a payment method."""
