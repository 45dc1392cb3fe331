"""Sales: what was earned, by day, and which articles led to it.

Sums are kept by day (in UTC) and currency in rows of their own, so that the page costs the same after a million orders.
A fact about an order has its day counted again from the orders, a few seconds later and at most once in that time:
counting is idempotent, so nothing is ever counted twice, and `shop sales recount` gives the same numbers.

An article's link to a guide says where it comes from (`?from=<slug>`). That is counted by article, guide and day, and
kept on the cart's and the order's line, on the server. No cookie is set for it, nothing is stored in the browser, and
nothing says who it was: persons are not followed, only links are counted.
"""
