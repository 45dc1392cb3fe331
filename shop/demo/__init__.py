"""The demonstration shop: the content of `dev.py demo`.

`content/` holds articles, pages, guides, comments, messages and subscribers as plain files, so that a writer can fix
a sentence without touching code. `papers` sets the guides that are sold as PDF. Nothing here is needed by a real shop.
"""
