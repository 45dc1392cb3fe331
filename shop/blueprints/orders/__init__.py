"""Orders: what was bought, for how much, and what has become of it.

An *order* fixes its lines and amounts at the moment of ordering. It moves along explicit tables of states (`states.py`)
for its goods, its money and a dispute about it, each *transition* recorded with who, when and why. A *payment* is one
attempt to pay an order at one provider. `settlement.settle` is the only way from a provider's verdict to a paid order:
return page, webhook and look-up may all call it at once, and it happens once. Money that came for an order that can't
be served is *refund due*: it goes back by itself, and the buyer is told.

A *refund* is decided in one transaction (`refunds.ask`) and carried out by a job through the provider; what the
provider says of it, and of *disputes*, comes back through `learn`. `handing_over` knows what has been sent, what will
not be sent any more, and what waits to be.

An order is opened by its unguessable token; its number is for people, and tells nobody how many orders there are.
"""
