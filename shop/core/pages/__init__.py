"""Pages that are the same for everyone, kept in front of Flask: in memory (`memory`), made again behind the reader's
back (`makers`), by the rules of `cache`. What a view says of its page is in `shop.core.pages.page_cache`.
"""
