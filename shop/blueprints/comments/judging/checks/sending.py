"""How a comment was sent."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_ngettext

from shop.plugins.api import CommentDraft, Evidence

SECONDS_TO_WRITE = 3.0


class Honeypot:
    """A field that nobody sees was filled: a fact, so it refuses."""

    name = "honeypot"
    title = _l("The hidden field")

    def judge(self, draft: CommentDraft) -> Iterable[Evidence]:
        """Conclusive evidence, or none."""
        if draft.honeypot:
            yield Evidence(_l("Filled in a field that people can’t see"), 10, is_conclusive=True)


class TypingTime:
    """Sent sooner than anyone reads and writes. Without JavaScript the time is unknown, and says nothing."""

    name = "pace"
    title = _l("How quickly it was sent")

    def judge(self, draft: CommentDraft) -> Iterable[Evidence]:
        """Evidence when the form was sent within three seconds."""
        seconds = draft.seconds_to_write
        if seconds is not None and seconds < SECONDS_TO_WRITE:
            yield Evidence(
                lazy_ngettext(
                    "Sent %(num)d second after the page was opened",
                    "Sent %(num)d seconds after the page was opened",
                    int(seconds),
                ),
                3,
            )
