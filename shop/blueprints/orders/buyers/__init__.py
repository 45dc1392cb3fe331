"""The buyer's own pages: one order and where it stands in words, the list of them, and finding one again."""
