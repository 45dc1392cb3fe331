"""Articles: the magazine, and the site's standing pages.

An *article* is Markdown under a slug, by an *author*, under *tags*; a *page* is the same without a date in the lists,
and may be in a menu. Both are *drafts* until they are published; one that is published with a later date is *scheduled*
and appears at that moment. What is *public* is published, its date has come, and it was not removed. An address that
changes leaves a redirect behind; what is removed after it was public answers 410, and can be brought back.
"""
