"""Admin: the back office. The *shell* is built from the sections that plugins contribute, and gates them in one place.

A *section* is a blueprint with a permission. Nobody without it reaches any of its views, so views need not ask. Here,
too, are the sections of the house itself: users, settings, mail, jobs and plugins, for owners alone. Mail is among them
because a mail may hold a link that opens someone's account.
"""
