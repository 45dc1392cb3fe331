"""The language of offers: what is sold, and how readers are asked to get in touch, in many languages."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import lazy_gettext as _l

from shop.blueprints.comments.judging.words.reading import Reading, reading
from shop.plugins.api import CommentDraft, Evidence


class Offers:
    """Phrases of those who sell, and requests to write elsewhere, to answer in private, or to search for something.

    A word alone says nothing that honest people could not say too: what is sold counts beside a request.
    """

    name = "offers"
    title = _l("Words of an offer")

    def judge(self, draft: CommentDraft) -> Iterable[Evidence]:
        """Evidence with the words that were seen; a person looks at each."""
        read = reading(draft.author, draft.body)
        if offer := read.first("sells"):
            yield Evidence(_l("Words of an offer: “%(words)s”", words=offer), 2, holds=True)
        elif asked := read.near("trades", "requests"):
            said = _l("Names a service and asks to get in touch: “%(words)s”", words=asked)
            yield Evidence(said, 2, holds=True)
        if private := read.first("private"):
            said = _l("Asks readers to answer in private: “%(words)s”", words=private)
            yield Evidence(said, 2, holds=True)
        if elsewhere := _elsewhere(read, draft):
            said = _l("Asks to get in touch elsewhere: “%(words)s”", words=elsewhere)
            yield Evidence(said, 2, holds=True)
        if sought := read.first("search") or read.near("seeks", "engines"):
            said = _l("Asks readers to search for something: “%(words)s”", words=sought)
            yield Evidence(said, 1, holds=True)


def _elsewhere(read: Reading, draft: CommentDraft) -> str:
    """A messenger in the name, or beside a request."""
    return (
        reading(draft.author, "").first("channels")
        or read.near("requests", "channels")
        or read.near("private", "channels")
    )
