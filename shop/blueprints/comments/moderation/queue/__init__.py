"""The moderation queue: its pages, filters, cards, campaigns, and decisions on many comments at once."""
