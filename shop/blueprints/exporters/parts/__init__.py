"""What of a site goes out, a module a kind of thing: each says how it stands in an export."""
