"""What is said of comments and of orders."""

from __future__ import annotations

from collections.abc import Iterable

from shop.plugins.api import CommentDraft, Evidence, Refusal


class Shouting:
    """A `CommentCheck`: speaks against a comment in capitals."""

    name = "shouting"

    def judge(self, draft: CommentDraft) -> Iterable[Evidence]:
        if draft.body.isupper():
            yield Evidence("All in capitals", 20, hint="Please write without capitals only.")


class NotForRobots:
    """A `CheckoutCheck`: sells nothing to a robot that says so."""

    name = "not-for-robots"

    def check(self, *, email: str, total_minor: int, currency: str) -> Refusal | None:
        return Refusal("We sell to people.") if email.startswith("robot@") else None
