"""Asks the moderators' rules about a comment. They are in memory until one is made or ended, so it costs no query."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from shop.blueprints.comments.moderation.models import Mute, MuteKind
from shop.blueprints.comments.moderation.mutes.rules import TAG, normalised
from shop.core import clock
from shop.core.changes.remembered import remembered
from shop.plugins.api import CommentDraft, Evidence, db

POINTS = 10


@dataclass(frozen=True, slots=True)
class _Rule:
    kind: str
    key: str
    shown: str
    is_spam: bool
    made_by_name: str
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Rules:
    """Phrases are looked for one by one; all others are known by their kind and key."""

    exact: Mapping[tuple[str, str], _Rule]
    phrases: Sequence[_Rule]


class Muted:
    """What is muted."""

    name = "mutes"

    def judge(self, draft: CommentDraft) -> Iterable[Evidence]:
        """Evidence for each rule that catches the comment.

        Raises:
            LookupError: the rules could never be read, so nobody knows.
        """
        rules = remembered(TAG, _load, otherwise=None)
        if rules is None:
            raise LookupError("the mutes can't be read")
        caught = [rules.exact[each] for each in _keys(draft) if each in rules.exact]
        if rules.phrases:
            said = f"{normalised(draft.author)}\n{normalised(draft.body)}"
            caught += [rule for rule in rules.phrases if rule.key in said]
        now = clock.now()
        for rule in caught:
            if rule.expires_at is None or rule.expires_at > now:
                yield Evidence(_words(rule), POINTS, is_conclusive=rule.is_spam, holds=True)


def _load() -> _Rules | None:
    columns = (
        Mute.kind,
        Mute.key,
        Mute.shown,
        Mute.is_spam,
        Mute.made_by_name,
        Mute.expires_at,
    )
    rules = [_Rule(*row) for row in db.session.execute(select(*columns).order_by(Mute.id))]
    return _Rules(
        {(rule.kind, rule.key): rule for rule in rules if rule.kind != MuteKind.PHRASE},
        [rule for rule in rules if rule.kind == MuteKind.PHRASE],
    )


def _keys(draft: CommentDraft) -> Iterable[tuple[str, str]]:
    email = normalised(draft.email)
    labels = email.rpartition("@")[2].split(".")
    yield MuteKind.EMAIL, email
    for start in range(len(labels) - 1):
        yield MuteKind.DOMAIN, ".".join(labels[start:])
    yield MuteKind.NAME, normalised(draft.author)
    yield MuteKind.ADDRESS, draft.address_key
    yield MuteKind.NETWORK, draft.network_key


def _words(rule: _Rule) -> Any:
    who = rule.made_by_name or _l("the command line")
    if rule.shown:
        return _l("Muted by %(who)s: %(what)s", who=who, what=rule.shown[:100])
    if rule.kind == MuteKind.NETWORK:
        return _l("From a network muted by %(who)s", who=who)
    return _l("From an IP address muted by %(who)s", who=who)
