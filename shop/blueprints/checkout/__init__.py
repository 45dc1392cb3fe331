"""Checkout: from a cart to a paid order.

The buyer says where mail and parcels go; the server works out the amounts, places the order, which reserves its stock
for a while, and only then, outside the transaction, asks a payment provider to begin. Nothing that the browser sends is
believed but the buyer's own details. A cart has at most one order that waits for payment: sending the same form again
goes on with it, and a changed cart replaces it, so that nobody's own reservation is in their way. The cart is
emptied when the order is paid, not before. Money is the business of the feature payments, beneath.
"""
