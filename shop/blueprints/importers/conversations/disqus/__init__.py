"""Disqus exports (XML): threads and posts. Replies keep any depth, and deleted posts are in the file too."""
