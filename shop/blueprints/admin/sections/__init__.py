"""The sections of the site itself: users, settings, mail, jobs, plugins."""
