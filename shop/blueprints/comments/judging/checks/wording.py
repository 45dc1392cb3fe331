"""What the classifier thinks of the wording; an opinion, so it can hold a comment but never refuse one."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import gettext as _

from shop.blueprints.comments.judging import lessons
from shop.blueprints.comments.judging.classifier import Classifier
from shop.blueprints.comments.judging.features import features
from shop.plugins.types import CommentDraft, Evidence

LIKELY, VERY_LIKELY, UNLIKELY = 0.75, 0.92, 0.15
ENOUGH_LESSONS = 50


class WordingCheck:
    """Likeness to what was called spam. Until enough was decided here it weighs little: a model trained elsewhere fits
    a new site badly."""

    name = "wording"

    def judge(self, draft: CommentDraft) -> Iterable[Evidence]:
        """Evidence at either end of the scale, with the words that tell."""
        classifier = lessons.classifier()
        found = features(draft.body, author=draft.author, email=draft.email, url=draft.url)
        likely = classifier.probability(found)
        knows_the_site = classifier.lessons >= ENOUGH_LESSONS
        if likely >= LIKELY:
            points = (3 if likely >= VERY_LIKELY else 2) if knows_the_site else 1
            yield Evidence(_said(classifier, draft.body, knows_the_site=knows_the_site), points)
        elif likely <= UNLIKELY and knows_the_site:
            yield Evidence(_("Similar wording to comments that were approved here"), -1)


def _said(classifier: Classifier, body: str, *, knows_the_site: bool) -> str:
    words = ", ".join(f"“{word}”" for word in classifier.telling(body))
    if not words:
        return str(_("Sent and worded like spam"))
    if knows_the_site:
        return str(_("Similar wording to spam on this site: %(words)s", words=words))
    return str(_("Similar wording to spam on other sites: %(words)s", words=words))
