"""Series: articles that belong together, in an order.

A *series* has a title, a page and *parts*; an article is a part of one series at most. Readers see the parts that are
public, and are led from one to the next; the numbers count those.
"""
