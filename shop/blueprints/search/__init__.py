"""Search: one box that finds whatever features offer.

A feature is a *source*: it keeps its pages in the index as they change (`shop.core.search`), and can list them all for
building the index again. Results are never kept for others, and robots are asked not to remember them.
"""
