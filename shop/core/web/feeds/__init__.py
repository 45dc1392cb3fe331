"""The two forms of feeds: Atom and JSON Feed."""
