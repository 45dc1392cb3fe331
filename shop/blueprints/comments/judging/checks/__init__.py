"""The checks that ship. Each says in words what it saw; points above zero speak against the comment.

Patterns take time in proportion to the text: each repetition is bounded or of one character class that nothing after
it shares.
"""

from __future__ import annotations

from functools import cache

from shop.blueprints.comments.judging import domains, folding
from shop.blueprints.comments.judging.checks import names
from shop.blueprints.comments.judging.checks.contacts import Contacts
from shop.blueprints.comments.judging.checks.duplicates import Duplicates
from shop.blueprints.comments.judging.checks.links import Links
from shop.blueprints.comments.judging.checks.names import Disposable, Names
from shop.blueprints.comments.judging.checks.offers import Offers
from shop.blueprints.comments.judging.checks.reputation import Reputation
from shop.blueprints.comments.judging.checks.sending import Honeypot, TypingTime
from shop.blueprints.comments.judging.checks.testimonials import Testimonials
from shop.blueprints.comments.judging.checks.wording import WordingCheck
from shop.blueprints.comments.judging.learning import languages
from shop.blueprints.comments.judging.words import reading
from shop.plugins.api import CommentCheck

__all__ = [
    "Contacts",
    "Disposable",
    "Duplicates",
    "Honeypot",
    "Links",
    "Names",
    "Offers",
    "Reputation",
    "Testimonials",
    "TypingTime",
    "WordingCheck",
    "read_lists",
]

SHIPPED: tuple[CommentCheck, ...] = (
    Honeypot(),
    TypingTime(),
    Links(),
    Contacts(),
    Names(),
    Disposable(),
    Testimonials(),
    Offers(),
    Duplicates(),
    Reputation(),
    WordingCheck(),
)


@cache
def read_lists() -> None:
    """Read the lists of words and domains that checks look things up in, once a process.

    Each is read where it is first needed otherwise, and on a busy machine that takes longer than a check may.
    """
    names.read_disposable_domains()
    languages.common_words()
    reading.phrasebook()
    folding.lookalikes()
    domains.registered_domain("example.org")
