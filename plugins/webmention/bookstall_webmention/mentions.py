"""What happens to mentions, and what is asked about them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta

from sqlalchemy import Select, func, or_, select

from bookstall_webmention.models import PUBLISHED, REFUSED, SPAM, WAITING, Mention, Sent
from shop.plugins.api import (
    NotFound,
    Refused,
    TextVerdict,
    current_settings,
    db,
    now,
    purge,
    setting,
)

SHOWN = 50
IN_DESK = 100
UNSEEN_FOR = timedelta(days=30)
LOOKED_AT_ONCE = 20
STATES = {WAITING: "Waiting", PUBLISHED: "Published", REFUSED: "Refused", SPAM: "Spam"}


@dataclass(frozen=True, slots=True)
class WebmentionSettings:
    """What the owner may change, in the admin under Settings."""

    sends: bool = setting(True, "Tell the pages that articles link to")
    receives: bool = setting(True, "Take mentions of articles")
    hold_all: bool = setting(
        False,
        "Every mention waits for a person",
        help="Otherwise those of sites that are known here, or vouched for, appear at once.",
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


def tag_of(article_id: int) -> str:
    """What every page with mentions of an article is made of."""
    return f"webmention:{article_id}"


def key_of(*addresses: str) -> str:
    """The same for the same addresses, and short enough for an index."""
    return hashlib.sha256("\n".join(addresses).encode()).hexdigest()


# What happens


def write(found: Found, verdict: TextVerdict, *, is_vouched_for: bool) -> Mention:
    """Write a mention down, or what has changed of it. What a person has decided stays.

    Only inside a unit of work.
    """
    mention = _mention_of(found.source, found.target) or Mention(version=0)
    mention.pair_key = key_of(found.source, found.target)
    is_changed = (mention.title, mention.excerpt) != (found.title, found.excerpt)
    if is_changed and mention.state not in {REFUSED, SPAM}:
        mention.state = _first_state(found, verdict, is_vouched_for=is_vouched_for)
        mention.reasons, mention.state_before = "\n".join(verdict.reasons), ""
        mention.version += 1
    for name, value in asdict(found).items():
        setattr(mention, name, value)
    mention.verified_at = now()
    db.session.add(mention)
    purge(tag_of(found.article_id))
    return mention


def forget(source: str, target: str) -> None:
    """Delete a mention: its page is gone, or links to us no more."""
    mention = _mention_of(source, target)
    if mention is not None:
        purge(tag_of(mention.article_id))
        db.session.delete(mention)


def decide(mention: Mention, to: str, *, version: int) -> None:
    """Publish a mention, refuse it, or call it spam.

    Args:
        to: the state that it comes to.
        version: the mention's, as whoever decides saw it.

    Raises:
        Refused: it was changed, or somebody decided, since it was seen.
    """
    _require_seen(mention, version)
    mention.state_before, mention.state = mention.state, to
    _note_decision(mention)


def undo(mention: Mention, *, version: int) -> None:
    """Take the last decision back.

    Raises:
        Refused: it was changed, or somebody decided, since; or there is nothing to undo.
    """
    _require_seen(mention, version)
    if not mention.state_before:
        raise Refused("There is nothing to undo.")
    mention.state, mention.state_before = mention.state_before, ""
    _note_decision(mention)


def _first_state(found: Found, verdict: TextVerdict, *, is_vouched_for: bool) -> str:
    if verdict.is_refused:
        return SPAM
    is_held = verdict.needs_person or current_settings(WebmentionSettings).hold_all
    is_trusted = is_vouched_for or is_known(found.host)
    return PUBLISHED if is_trusted and not is_held else WAITING


def _require_seen(mention: Mention, version: int) -> None:
    if mention.version != version:
        raise Refused("The mention was changed, or somebody decided on it, in the meantime.")


def _note_decision(mention: Mention) -> None:
    mention.version += 1
    mention.decided_at = now()
    purge(tag_of(mention.article_id))


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


def in_state(state: str) -> Sequence[Mention]:
    """Mentions for whoever decides: the oldest first where they wait, else the newest."""
    order = Mention.id if state == WAITING else Mention.id.desc()
    query = select(Mention).where(Mention.state == state).order_by(order).limit(IN_DESK)
    return db.session.scalars(query).all()


def number_waiting() -> Select[int]:
    """How many wait for a person, to be asked together with others."""
    return select(func.count()).select_from(Mention).where(Mention.state == WAITING)


def mention_or_error(mention_id: int) -> Mention:
    """One mention, which nobody else can change before this unit of work ends.

    Raises:
        NotFound: there is none.
    """
    found = db.session.get(Mention, mention_id, with_for_update=True)
    if found is None:
        raise NotFound
    return found


def _mention_of(source: str, target: str) -> Mention | None:
    return db.session.scalar(select(Mention).where(Mention.pair_key == key_of(source, target)))
