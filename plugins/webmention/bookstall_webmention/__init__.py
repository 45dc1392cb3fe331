"""Webmention: articles tell the pages that they link to, and show which pages link to them."""
