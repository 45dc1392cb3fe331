"""The checks that ship: facts about how a comment was sent, and how it asks to be answered elsewhere.

Patterns take time in proportion to the text: each repetition is bounded or of one character class that nothing after
it shares.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from flask_babel import gettext as _
from flask_babel import ngettext

from shop.plugins.types import CommentDraft, Evidence

SECONDS_TO_WRITE = 3.0
A_FEW_LINKS = 2

_LINK = re.compile(r"https?://|\bwww\.|\]\(", re.IGNORECASE)
_EMAIL = re.compile(r"(?<=[\w.+-])@[\w-]{1,63}\.[a-z]{2,24}", re.IGNORECASE)
_PHONE = re.compile(r"(?<!\d)\+?\d(?:[ ./()-]{0,2}\d){8,14}(?!\d)")
_MESSENGER = re.compile(
    r"\b(?:whats\s?app|wh?ats?ap+|telegram|viber|signal|wechat|hangouts|kik)\b", re.IGNORECASE
)
_WRITE_TO = re.compile(
    r"\b(?:contact|text|write|message|reach|e-?mail|call)\s{1,3}(?:him|her|them|me|us)\s{1,3}"
    r"(?:at|on|via|through|by|now|today)\b",
    re.IGNORECASE,
)


class Honeypot:
    """A field that nobody sees was filled: a fact, so it refuses."""

    name = "honeypot"

    def judge(self, draft: CommentDraft) -> Iterable[Evidence]:
        """Conclusive evidence, or none."""
        if draft.honeypot:
            yield Evidence(_("Filled a field that people don't see"), 10, is_conclusive=True)


class Pace:
    """Sent sooner than anybody reads and writes. Without JavaScript the time is unknown, and says nothing."""

    name = "pace"

    def judge(self, draft: CommentDraft) -> Iterable[Evidence]:
        """Evidence when the form was sent within three seconds."""
        seconds = draft.seconds_to_write
        if seconds is not None and seconds < SECONDS_TO_WRITE:
            yield Evidence(
                ngettext(
                    "Sent %(num)d second after the page was opened",
                    "Sent %(num)d seconds after the page was opened",
                    int(seconds),
                ),
                3,
            )


class Links:
    """Links in the text, and addresses in the name."""

    name = "links"

    def judge(self, draft: CommentDraft) -> Iterable[Evidence]:
        """Evidence for each; a text without links says so, which weighs nothing."""
        count = len(_LINK.findall(draft.body)) - draft.body.count("](http")
        if count:
            yield Evidence(
                ngettext("%(num)d link", "%(num)d links", count), 1 if count <= A_FEW_LINKS else 3
            )
        else:
            yield Evidence(_("No links"), 0)
        if _LINK.search(draft.author) or _EMAIL.search(draft.author):
            yield Evidence(_("The name is an address"), 3)


class Contacts:
    """Asks to go on elsewhere: a phone number, an e-mail address, a messenger."""

    name = "contacts"

    def judge(self, draft: CommentDraft) -> Iterable[Evidence]:
        """Evidence for each kind of contact."""
        if _PHONE.search(draft.body):
            yield Evidence(_("Phone number"), 2)
        if _EMAIL.search(draft.body):
            yield Evidence(_("Email address in the text"), 2)
        if _MESSENGER.search(draft.body):
            yield Evidence(_("Names a messenger"), 1)
        if _WRITE_TO.search(draft.body):
            yield Evidence(_("Asks to be contacted"), 2)


SHIPPED = (Honeypot(), Pace(), Links(), Contacts())
