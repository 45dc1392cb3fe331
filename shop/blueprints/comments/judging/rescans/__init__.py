"""Judging again what is published or waits, with the rules of now."""
