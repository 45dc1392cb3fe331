"""Feeds: what machines read instead of pages.

The Atom feed (RFC 4287), the JSON Feed 1.1, the sitemap (sitemaps.org) and robots.txt (RFC 9309). They know no feature:
entries and addresses come from the hooks `feed_sources` and `sitemaps`.
"""
