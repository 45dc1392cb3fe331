"""Codes that lower what an order costs."""
