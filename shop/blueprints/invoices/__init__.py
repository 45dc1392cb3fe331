"""Invoices: the documents of an order that a bookkeeper and a tax office need.

A paid order that cost something gets an *invoice*, whose number follows the one before without a gap; a refund gets a
*credit note*. A document is fixed when it is issued: it holds all that it says, so that later settings change nothing
in it. A *receipt* says of the same payment how and when it was made. Each is a page and a PDF behind an unguessable
address, for whoever has the link; a document keeps its buyer's name as long as the law wants it kept.
"""
