"""Contact: visitors write to us.

A *message* is stored first and mailed to the owner second, so that a mail server that is down loses nothing. The
admin's inbox shows every message; one that has been dealt with is *done*.
"""
