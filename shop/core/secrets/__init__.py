"""Tokens, sealed values and links that only their holder may open."""
