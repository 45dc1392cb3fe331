"""Payments: the money of orders, from asking a provider for it to refunds and disputes.

A *payment* is one attempt to pay an order at one *provider*. What a provider says of it is a *verdict*, which comes by
the return page, by a webhook or by our own look-up. *Settlement* acts on it: `settlement.settle` is the only way from a
verdict to a paid order, all three may call it at once, and it happens once. A *refund* is money of a payment that goes
back; it is decided in one transaction and carried out by a job. Money that came and that no order can be served for is
*due back*: it is refunded automatically, and the buyer is told. A *dispute* is a buyer's bank wanting money back; it is
answered at the provider; here it is shown, and blocks refunds. A *decline* is a card that was refused.

Orders lie beneath and know nothing of this: they are told by their services, and their pages by `order_extension.py`
and by slots. Rules:

- Nobody talks to a provider inside a transaction, and nothing is asked of one but under a key that is stored before.
- More than was received never goes back, whoever asks, by one conditional statement and by the database.
- Rows are locked in one order: order, payment, stock.

`attempts/` a payment from its start to its end · `webhooks/` what providers tell us · `refunds/` · `disputes/` ·
`back_office/` the pages of staff.
"""
