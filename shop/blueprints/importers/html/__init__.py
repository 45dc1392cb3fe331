"""HTML of other systems as our Markdown."""
