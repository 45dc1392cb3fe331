"""What an article's page shows of other articles, which stays the same while the article itself, or a comment below it,
changes.
"""
