"""Mutes: rules that hold comments of a sender or with a phrase, the check that applies them, and their page."""
