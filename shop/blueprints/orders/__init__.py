"""Orders: what was bought, for how much, and what has become of it. Payments tell them what they need to know about
money.

An *order* fixes its lines and amounts at the moment of ordering. It moves along explicit tables of states (`states.py`)
for its goods, its money and a dispute about it, each *transition* recorded with who, when and why. *Fulfilment* knows
what has been sent, what will not be sent any more, and what waits to be.

How an order is paid, and what goes back, is the business of the feature payments, above. It and others add their part
to orders' pages by slots and by the hook `order_extensions` (asked in `extensions.py`), and tell orders what came of it
by their services.

An order is opened by its unguessable token; its number is for people, and tells nobody how many orders there are.

`back_office/` the pages of staff · `exports/` orders as files.
"""
