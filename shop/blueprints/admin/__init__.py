"""Admin: the part of the site for staff. The *shell* is built from the sections that plugins contribute, and gates them
in one place.

A *section* is a blueprint with a permission. Nobody without it reaches any of its views, so views need not ask. Here
are also the sections of the site itself: users, settings, mail, jobs and plugins, for owners alone. Mail is among them
because a mail may hold a link that opens someone's account.
"""
