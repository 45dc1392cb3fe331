"""Shipping: where we ship to, and what that costs.

A *zone* is a set of countries with its *rates*; a country is in one zone at most, and the *rest* zone takes those that
are in none. A rate may be free from a sum of goods less discounts, and may end at a weight. Where there is no zone at
all, one flat rate of the settings holds everywhere. Where there is one, nothing is sent to a country without a rate.
"""
