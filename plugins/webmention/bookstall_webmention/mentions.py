"""What happens to mentions, and what is asked about them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import or_, select

from bookstall_webmention.models import Mention, Sent
from shop.plugins.api import (
    TextVerdict,
    current_settings,
    db,
    now,
    purge,
    setting,
)

SHOWN = 50
PUBLISHED = "published"
REFUSED = frozenset({"refused", "spam"})
"""Where a person put it for good."""
STATES = REFUSED | {PUBLISHED, "waiting"}
UNSEEN_FOR = timedelta(days=30)
LOOKED_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class WebmentionSettings:
    """What the owner may change, in the admin under Settings."""

    sends: bool = setting(True, _l("Tell the pages that articles link to"))
    receives: bool = setting(True, _l("Take mentions of articles"))
    hold_all: bool = setting(
        False,
        _l("Every mention waits for a person"),
        help=_l("Otherwise those of sites that are known here, or vouched for, appear at once."),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a page elsewhere shows."""

    article_id: int
    source: str
    target: str
    host: str
    title: str
    author: str
    excerpt: str


def key_of(*addresses: str) -> str:
    """The same for the same addresses, and short enough for an index."""
    return hashlib.sha256("\n".join(addresses).encode()).hexdigest()


# What happens


def write(found: Found, verdict: TextVerdict, *, is_vouched_for: bool) -> Mention:
    """Write a mention down, or what has changed of it. What a person has decided stays.

    Only inside a unit of work.
    """
    mention = _mention_of(found.source, found.target) or Mention()
    mention.pair_key = key_of(found.source, found.target)
    is_changed = (mention.title, mention.excerpt) != (found.title, found.excerpt)
    for name, value in asdict(found).items():
        setattr(mention, name, value)
    mention.verified_at = now()
    if is_changed and mention.state not in REFUSED:
        is_trusted = is_vouched_for or is_known(found.host)
        is_held = current_settings(WebmentionSettings).hold_all or not is_trusted
        mention.begin(verdict, is_held=is_held)
    purge(*mention.tags())
    return mention


def forget(source: str, target: str) -> None:
    """Delete a mention: its page is gone, or links to us no more."""
    mention = _mention_of(source, target)
    if mention is not None:
        purge(*mention.tags())
        db.session.delete(mention)


# What is asked


def is_known(host: str) -> bool:
    """Whether a person has published a mention from this host, or an article of ours links to it."""
    published = select(Mention.id).where(
        Mention.host == host, Mention.state == PUBLISHED, Mention.decided_at.is_not(None)
    )
    linked = select(Sent.id).where(Sent.host == host, Sent.is_linked)
    found = select(or_(published.exists(), linked.exists()))
    return bool(host) and bool(db.session.scalar(found))


def shown_below(article_id: int) -> Sequence[Mention]:
    """What readers see below an article, the newest first."""
    return db.session.scalars(
        select(Mention)
        .where(Mention.article_id == article_id, Mention.state == PUBLISHED)
        .order_by(Mention.id.desc())
        .limit(SHOWN)
    ).all()


def long_unseen() -> Sequence[Mention]:
    """Those mentions whose link nobody has looked at for the longest time, a month at least."""
    return db.session.scalars(
        select(Mention)
        .where(Mention.state == PUBLISHED, Mention.verified_at < now() - UNSEEN_FOR)
        .order_by(Mention.verified_at)
        .limit(LOOKED_AT_ONCE)
    ).all()


def _mention_of(source: str, target: str) -> Mention | None:
    return db.session.scalar(select(Mention).where(Mention.pair_key == key_of(source, target)))
