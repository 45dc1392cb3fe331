"""Payments for staff: the page that shows whether money and messages come in, and the money of one order."""
