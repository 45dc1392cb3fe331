"""Discounts: codes that lower what an order costs.

A *code* takes a part off the price, an amount, or the shipping; off everything or off some products alone; between two
moments; a number of times in all, or once per buyer. A *use* is counted by one conditional statement in the unit of
work that places the order, and given back when that order is cancelled, so that a limit holds however many come at once
and a payment that was left open uses nothing up. An order that is paid after it was cancelled is counted again.
"""
