"""Catalog: what is for sale, and how many there are.

A *product* is what a reader sees: a guide with a title, a text and a cover. A *variant* is what a buyer buys: it has
the price and the stock. A variant whose *stock on hand* is unknown is not tracked and never runs out. What *remains* of
a variant is what is on hand less what is *reserved* for payments under way. Every change of stock is a *movement* in a
ledger, from which the numbers can be computed again.
"""
