"""Recurring payments: a provider charges the same again and again, and each payment becomes an order.

A *subscription* begins with its buyer's first payment at a provider, which renews it; what a provider says of it is a
verdict, and `learning.learn` is the only way from a verdict to orders and states, however it came (webhook, return,
look-up) and however often. A renewal that fails makes it *past due*: the provider tries again, the buyer is told, and
after the days of grace that the owner has set it is ended here. Nobody has two living subscriptions for one subject.
"""
