"""What was learnt here about wording; an opinion, so it can hold a comment but never refuse one."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import lazy_gettext as _l

from shop.blueprints.comments.judging.learning import lessons
from shop.blueprints.comments.judging.learning.experience import UNLIKELY, VERY_LIKELY, Experience
from shop.blueprints.comments.judging.learning.features import filled
from shop.plugins.api import CommentDraft, Evidence

FURTHEST = 5.0


class WordingCheck:
    """Likeness to what was decided on this site, with the words that told.

    In words it speaks only of this site's own decisions, and only when there are enough of both kinds. What ships was
    learnt elsewhere: it moves a comment in the queue's order, and accuses nobody.
    """

    name = "wording"
    title = _l("Wording")

    def judge(self, draft: CommentDraft) -> Iterable[Evidence]:
        """Evidence in words at either end of the scale; nothing where no words told."""
        known = lessons.experience()
        found = filled(draft.body, author=draft.author, email=draft.email, url=draft.url)
        score = known.classifier.logit(found)
        yield Evidence("", 0, leaning=max(-FURTHEST, min(FURTHEST, score)))
        if not known.knows_the_site:
            return
        limit = known.limit_for(draft.body)
        if limit is not None and score > limit:
            if words := _quoted(known, draft.body, for_spam=True):
                said = _l("Similar wording to spam on this site: %(words)s", words=words)
                yield Evidence(said, 3 if score > VERY_LIKELY else 2)
        elif score < UNLIKELY and (words := _quoted(known, draft.body, for_spam=False)):
            said = _l("Similar wording to comments that were approved here: %(words)s", words=words)
            yield Evidence(said, -1)


def _quoted(known: Experience, body: str, *, for_spam: bool) -> str:
    return ", ".join(f"“{word}”" for word in known.telling(body, for_spam=for_spam))
