"""Disqus exports (XML): threads and posts. Disqus flattens nothing and forgets nothing; deleted posts are in there."""
