"""WordPress's export, WXR (an RSS file with extensions): posts, pages, authors, subjects, comments.

Posts become articles, pages pages, categories and tags our tags, and each comes with what it belongs to: an author or
a category that nothing uses does not. Left out are the placeholder category *Uncategorized*, post formats and pings.
"""
