"""Who writes: authors with a page, a portrait and a feed of their own.

An *author* is a name under articles, whether or not somebody signs in to write as them. An author has a page as soon as
something of theirs is public. An address that changes leaves a redirect behind.
"""
