"""What is said of comments and of orders."""

from __future__ import annotations

import re
from collections.abc import Iterable

from shop.plugins.api import (
    CommentDraft,
    Evidence,
    Refusal,
    TextVerdict,
    Unreachable,
    WrittenText,
    fetch,
)

LINK = re.compile(r"https?://[^\s<>()]+")


class Shouting:
    """A `CommentCheck`: speaks against a comment in capitals."""

    name = "shouting"

    def judge(self, draft: CommentDraft) -> Iterable[Evidence]:
        if draft.body.isupper():
            yield Evidence("All in capitals", 20, hint="Please write without capitals only.")


class LinksThatAreGone:
    """A late `CommentCheck`: a link that leads nowhere is looked at by a person. It asks another server for each."""

    name = "links-that-are-gone"

    def judge(self, draft: CommentDraft) -> Iterable[Evidence]:
        for url in LINK.findall(draft.body)[:3]:
            try:
                is_gone = fetch(url, method="HEAD", seconds=5).status in {404, 410}
            except Unreachable:
                is_gone = True
            if is_gone:
                yield Evidence(f"{url} leads nowhere", 10, holds=True)


def judge_loudness(text: WrittenText) -> TextVerdict:
    """For `TextJudge`: what is written in capitals, here or in another plugin, is looked at by a person."""
    is_loud = text.body.isupper()
    return TextVerdict(needs_person=is_loud, reasons=("All in capitals",) if is_loud else ())


class NotForRobots:
    """A `CheckoutCheck`: sells nothing to a robot that says so."""

    name = "not-for-robots"

    def check(self, *, email: str, total_minor: int, currency: str) -> Refusal | None:
        return Refusal("We sell to people.") if email.startswith("robot@") else None
