"""Mutes: rules of moderators, by address or range, email, domain, name or phrase.

A mute is a fact and no opinion, so its maker may send what it catches among the spam; by default it only holds. Nothing
is lost either way: the evidence says which rule it was, and a moderator can approve the comment.
"""

from __future__ import annotations

import ipaddress
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Row, and_, delete, select
from sqlalchemy.exc import IntegrityError

from shop.blueprints.accounts.models import Account
from shop.blueprints.comments import addresses
from shop.blueprints.comments.models import Comment, State
from shop.blueprints.comments.moderation import activity
from shop.blueprints.comments.moderation.models import Mute, MuteKind
from shop.core import clock
from shop.core.web.pagination import Page, newest_first
from shop.plugins.api import NotFound, Refused, db, purge

PAGE_SIZE = 50
SHORTEST_PHRASE = 3
MOST_PHRASES = 500
TRIED_ON = 5000
LONGEST_KEY = 320
TAG = "comments:mutes"
"""Purged when a rule is made or ended; `check.py` remembers them."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What a mute compares. `key` is normalised; `shown` is what moderators may read of it."""

    kind: MuteKind
    key: str
    shown: str


@dataclass(frozen=True, slots=True)
class Trial:
    """What a rule would have caught among the comments that came last."""

    looked_at: int
    by_state: dict[State, int]
    caught: Sequence[Row[*tuple[Any, ...]]]

    @property
    def count(self) -> int:
        """How many it would have caught."""
        return sum(self.by_state.values())


def rule_of(kind: MuteKind, value: str) -> Rule:
    """A rule from what a moderator typed.

    Raises:
        Refused: it is no such thing; `field` is value.
    """
    if kind in (MuteKind.ADDRESS, MuteKind.NETWORK):
        return _rule_of_address(value.strip())
    key = normalised(value)
    if kind is MuteKind.DOMAIN:
        key = key.rpartition("@")[2].strip(".")
        if "." not in key or " " in key:
            raise Refused(_("Enter a domain like example.org."), field="value")
    if kind is MuteKind.EMAIL and ("@" not in key or " " in key):
        raise Refused(_("Enter an email address like name@example.org."), field="value")
    if kind is MuteKind.PHRASE and len(key) < SHORTEST_PHRASE:
        raise Refused(_("Use at least three characters."), field="value")
    if not key:
        raise Refused(_("Enter what to mute."), field="value")
    if len(key) > LONGEST_KEY:
        raise Refused(_("Use at most %(max)d characters.", max=LONGEST_KEY), field="value")
    return Rule(kind, key, key)


def rule_like(comment: Comment, kind: MuteKind) -> Rule:
    """A rule for comments that come from where this one came from.

    Raises:
        Refused: that is not known; `field` is kind.
    """
    key = comment.network_key if kind is MuteKind.NETWORK else comment.address_key
    if not key:
        raise Refused(_("The IP address of this comment is not known."), field="kind")
    return Rule(kind, key, "")


def normalised(text: str) -> str:
    """Text as it is compared: one form of each letter, lower case, single spaces, nothing invisible."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    seen = "".join(each for each in folded if unicodedata.category(each) != "Cf")
    return " ".join(seen.split())


def mute(
    rule: Rule, *, is_spam: bool, note: str, expires_at: datetime | None, by: Account | None
) -> Mute:
    """Make a rule.

    Raises:
        Refused: there is one like it, or there are too many phrases.
    """
    db.session.execute(delete(Mute).where(Mute.kind == rule.kind, Mute.key == rule.key, _is_over()))
    if rule.kind is MuteKind.PHRASE:
        phrases = select(Mute.id).where(Mute.kind == MuteKind.PHRASE).limit(MOST_PHRASES)
        if len(db.session.scalars(phrases).all()) == MOST_PHRASES:
            raise Refused(
                _("There are too many muted phrases. End some of them first."), field="value"
            )
    made = Mute(
        kind=rule.kind,
        key=rule.key,
        shown=rule.shown,
        note=note,
        is_spam=is_spam,
        expires_at=expires_at,
        made_by_id=by.id if by else None,
        made_by_name=(by.name or by.email)[:80] if by else "",
    )
    try:
        with db.session.begin_nested():
            db.session.add(made)
    except IntegrityError:
        raise Refused(_("This is already muted."), field="value") from None
    purge(TAG)
    activity.record("muted", rule.shown or note or rule.kind, by)
    return made


def unmute(mute_id: int, *, by: Account | None) -> None:
    """End a rule.

    Raises:
        NotFound: there is none.
    """
    found = db.session.get(Mute, mute_id)
    if found is None:
        raise NotFound
    activity.record("unmuted", found.shown or found.note or found.kind, by)
    db.session.delete(found)
    purge(TAG)


def mutes(after: str | None = None) -> Page[Mute]:
    """The rules that hold, newest first.

    Raises:
        NotFound: `after` is not a valid cursor.
    """
    query = select(Mute).where(~_is_over())
    return newest_first(query, Mute.id, after=after, size=PAGE_SIZE)


def trial(rule: Rule) -> Trial:
    """What the rule would have caught among the last five thousand comments."""
    columns = (
        Comment.id,
        Comment.state,
        Comment.author_name,
        Comment.email,
        Comment.body,
        Comment.posted_at,
        Comment.address_key,
        Comment.network_key,
    )
    query = select(*columns).where(Comment.state != State.ERASED)
    rows = db.session.execute(query.order_by(Comment.id.desc()).limit(TRIED_ON)).all()
    caught = [row for row in rows if _catches(rule, row)]
    by_state = {state: sum(row.state == state for row in caught) for state in State}
    return Trial(len(rows), {state: n for state, n in by_state.items() if n}, caught[:PAGE_SIZE])


def forget_expired() -> None:
    """Delete the rules whose time is over."""
    db.session.execute(delete(Mute).where(_is_over()))


def _catches(rule: Rule, row: Row[*tuple[Any, ...]]) -> bool:
    if rule.kind is MuteKind.PHRASE:
        return any(rule.key in normalised(each) for each in (row.author_name, row.body))
    if rule.kind is MuteKind.NAME:
        return bool(normalised(row.author_name) == rule.key)
    if rule.kind is MuteKind.EMAIL:
        return bool(normalised(row.email) == rule.key)
    if rule.kind is MuteKind.DOMAIN:
        domain = f".{normalised(row.email).rpartition('@')[2]}"
        return bool(domain.endswith(f".{rule.key}"))
    key: str = row.network_key if rule.kind is MuteKind.NETWORK else row.address_key
    return rule.key == key


def _rule_of_address(value: str) -> Rule:
    try:
        if "/" not in value:
            address = str(ipaddress.ip_address(value))
            return Rule(MuteKind.ADDRESS, addresses.address_key_of(address), "")
        network = ipaddress.ip_network(value, strict=False)
    except ValueError:
        raise Refused(
            _("Enter an IP address, or a range like 203.0.113.0/24."), field="value"
        ) from None
    if addresses.network_of(str(network.network_address)) != str(network):
        raise Refused(_("Use a range of /24 (IPv4) or /48 (IPv6)."), field="value")
    return Rule(MuteKind.NETWORK, addresses.network_key_of(str(network.network_address)), "")


def _is_over() -> Any:
    return and_(Mute.expires_at.is_not(None), Mute.expires_at <= clock.now())
