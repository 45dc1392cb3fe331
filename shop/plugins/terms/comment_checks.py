"""Types for judging a comment: the comment, and what a check finds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class CommentDraft:
    """A comment before it is judged.

    Attributes:
        article_id: the article below which it is to stand; 0 for what was written elsewhere (see `text_judges`).
        author: the name that was typed.
        email: the address that was typed, lower case; nobody has confirmed that it is theirs.
        body: the text as it was typed.
        parent_id: the comment that it answers.
        address_key: a keyed hash of the IP address; empty when it is not known, e.g. in an import.
        seconds_to_write: between the page and the comment; None when it is not known.
        honeypot: what was typed into a field that people do not see.
        network_key: a keyed hash of the network around the address (/24, or /48 of IPv6); empty when it is not known.
        url: its author's page where an importer brings one; the form asks for none.
        comment_id: there when a stored comment is judged again, so that no check takes it for another one like it.
    """

    article_id: int
    author: str
    email: str
    body: str
    parent_id: int | None
    address_key: str
    seconds_to_write: float | None
    honeypot: str
    network_key: str = ""
    url: str = ""
    comment_id: int | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """One reason for or against a comment.

    Attributes:
        reason: in words for a moderator; 200 characters at most are kept. Evidence without words is not shown. Words
            that are marked lazily (`_l`, `lazy_ngettext`) are told in the language of whoever reads them.
        points: above zero they speak against the comment, below zero for it. Those against are added up, and hold the
            comment above a number that the owner chooses; those for it change nothing but its place in the queue.
        is_conclusive: refuses the comment outright, among the spam. Only for facts (a filled honeypot), never for a
            model's opinion.
        holds: the comment goes to a person, however few its points (a link, a telephone number).
        hint: a friendly hint for the commenter, where honest people do the same.
        leaning: moves the comment in the order of the queue, like points, and decides nothing; for what is only likely.
    """

    reason: str
    points: int
    is_conclusive: bool = False
    holds: bool = False
    hint: str = ""
    leaning: float = 0.0


class CommentCheck(Protocol):
    """A way to judge a comment.

    Attributes:
        name: stored with each piece of evidence. Moderators read its `title` instead, if it has one.
    """

    name: str

    def judge(self, draft: CommentDraft) -> Iterable[Evidence]:
        """What speaks for or against this comment; nothing when there is nothing to say. Changes nothing."""


def check_title(check: CommentCheck) -> str:
    """What moderators read of a check: its title, or else its name."""
    return str(getattr(check, "title", "")) or check.name
