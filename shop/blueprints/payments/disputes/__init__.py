"""Disputes: what a buyer's bank wants back, and how it decided."""
