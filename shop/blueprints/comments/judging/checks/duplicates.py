"""Nearly the same as comments that were here before."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_ngettext

from shop.blueprints.comments.judging import campaigns
from shop.blueprints.comments.judging.campaigns import Alike
from shop.blueprints.comments.judging.prints import print_of
from shop.plugins.api import CommentDraft, Evidence

LONG_ENOUGH_TO_REFUSE = 20
CONFIRMED_TO_REFUSE = 3


class Duplicates:
    """Near-duplicates of earlier comments; conclusive when people here have called three of them spam."""

    name = "duplicates"
    title = _l("Copies of other comments")

    def judge(self, draft: CommentDraft) -> Iterable[Evidence]:
        """Evidence with how many there are, and how many of them are spam for certain."""
        found = print_of(draft.body)
        if found is None:
            return
        near = campaigns.alike(found, besides=draft.comment_id)
        if not near:
            return
        spam = campaigns.confirmed_spam(found, near, besides=draft.comment_id)
        if spam:
            yield Evidence(
                lazy_ngettext(
                    "Nearly the same as a comment that was marked as spam here",
                    "Nearly the same as %(num)d comments that were marked as spam here",
                    spam,
                ),
                5,
                is_conclusive=spam >= CONFIRMED_TO_REFUSE and found.words >= LONG_ENOUGH_TO_REFUSE,
                holds=True,
            )
        else:
            # The author of the original is not to blame for later copies.
            latest = draft.comment_id
            earlier = [each for each in near if latest is None or each.comment_id < latest]
            yield from _unconfirmed(earlier, draft.email.lower())


def _unconfirmed(near: Sequence[Alike], email: str) -> Iterable[Evidence]:
    others = sum(each.email != email for each in near)
    if others:
        said = lazy_ngettext(
            "Nearly the same as an earlier comment by someone else",
            "Nearly the same as %(num)d earlier comments by others",
            others,
        )
        yield Evidence(said, 3, holds=True)
    elif near:
        said = lazy_ngettext(
            "Nearly the same as an earlier comment from this email address",
            "Nearly the same as %(num)d earlier comments from this email address",
            len(near),
        )
        yield Evidence(said, 0 if len(near) == 1 else 2)
