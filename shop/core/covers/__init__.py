"""Covers drawn from words, for products and articles without a picture, and what is shown where a page is shared."""
