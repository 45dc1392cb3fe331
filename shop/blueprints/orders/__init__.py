"""Orders: what was bought, for how much, and what has become of it.

An *order* fixes its lines and amounts at the moment of ordering. It moves along one explicit table of states
(`states.py`), each *transition* recorded with who, when and why. A *payment* is one attempt to pay an order at one
provider. `settlement.settle` is the only way from a provider's verdict to a paid order: return page, webhook and
look-up may all call it at once, and it happens once. Money that came for an order that can't be served is marked
*refund due*: the owner and the buyer are told.

An order is opened by its unguessable token; its number is for people, and tells nobody how many orders there are.
"""
