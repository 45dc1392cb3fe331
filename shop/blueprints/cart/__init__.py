"""Cart: what a visitor wants to buy.

A *cart* is in the database behind a cookie with its token; it is made when the first thing goes in. A *line* is a
variant and a quantity. How many more a cart may take is decided here, on the server, at the moment of asking: what can
be sold of the variant, less what this cart already holds. A cart reserves nothing; only a payment under way does.
"""
