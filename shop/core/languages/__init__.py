"""Languages: of the interface, which have a catalog each, and of texts, which need none."""
