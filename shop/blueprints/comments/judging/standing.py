"""What was decided before: counts by email address, IP address and name, by links, and by the domain of the address.

Keys are keyed hashes, so that nobody reads here who commented.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import CursorResult, bindparam, select

from shop.blueprints.comments.judging.domains import own_domain, owners_of_links
from shop.blueprints.comments.judging.models import Standing
from shop.blueprints.comments.models import Comment
from shop.core.database import upsert
from shop.core.secrets import tokens
from shop.plugins.api import db


@dataclass(frozen=True, slots=True)
class Stands:
    """Decisions about earlier comments that stand."""

    approved: int = 0
    spam: int = 0


@dataclass(frozen=True, slots=True)
class Standings:
    """How the sender of a comment stands, and what it links to: `links` by whose they are, `domain` with its name."""

    email: Stands = Stands()
    address: Stands = Stands()
    name: Stands = Stands()
    links: Mapping[str, Stands] = field(default_factory=dict)
    domain: tuple[str, Stands] = ("", Stands())


def standings(
    *, email: str, address_key: str, author: str, body: str = "", url: str = ""
) -> Standings:
    """Of all by which a comment is known, by one query."""
    owners, domain = owners_of_links(body, url), own_domain(email)
    keys = {
        "email": _key("email", email.lower()),
        "address": _key("address", address_key),
        "name": _key("name", author.casefold()),
        "domain": _key("domain", domain),
        **{f"link {owner}": _key("link", owner) for owner in owners},
    }
    rows = _rows_of(sorted(filter(None, keys.values())))
    known = {row.key: Stands(max(0, row.approved), max(0, row.spam)) for row in rows}
    found = {name: known.get(key, Stands()) for name, key in keys.items()}
    return Standings(
        email=found["email"],
        address=found["address"],
        name=found["name"],
        links={owner: found[f"link {owner}"] for owner in owners},
        domain=(domain, found["domain"]),
    )


def keys_of(comment: Comment) -> list[str]:
    """The keys under which a decision on a comment is counted. Keep them: its text may change."""
    owners = owners_of_links(comment.body, comment.author_url)
    keys = [
        *keys_of_sender(comment),
        _key("domain", own_domain(comment.email)),
        *(_key("link", owner) for owner in owners),
    ]
    return sorted(filter(None, keys))


def keys_of_sender(comment: Comment) -> list[str]:
    """Those of the keys that say who sent it, under which alone decisions were counted once."""
    keys = [
        _key("email", comment.email.lower()),
        _key("address", comment.address_key),
        _key("name", comment.author_name.casefold()),
    ]
    return sorted(filter(None, keys))


def count_decision(keys: Sequence[str], label: int, by: int) -> None:
    """Count a decision for (`by` 1) or no longer (-1): `label` is 1 for spam, -1 for an approval, 0 for neither."""
    if not label or not keys:
        return
    approved, spam = (by, 0) if label < 0 else (0, by)
    rows = [{"key": key, "approved": approved, "spam": spam} for key in keys]
    db.session.execute(
        upsert(Standing)
        .values(rows)
        .on_conflict_do_update(
            index_elements=["key"],
            set_={"approved": Standing.approved + approved, "spam": Standing.spam + spam},
        )
    )


# Made once, of columns: building it, and the detour for rows that are objects, cost more than asking it.
_COLUMNS = Standing.__table__.c
_ROWS = select(_COLUMNS.key, _COLUMNS.approved, _COLUMNS.spam)
_FEW = 4
_OF_FEW = _ROWS.where(_COLUMNS.key.in_([bindparam(f"key_{number}") for number in range(_FEW)]))
"""Of as many as a comment without links has: a list of any length is written into the statement each time."""
_OF_MANY = _ROWS.where(_COLUMNS.key.in_(bindparam("keys", expanding=True)))


def _rows_of(keys: Sequence[str]) -> CursorResult[str, int, int]:
    connection = db.session.connection()
    if len(keys) > _FEW:
        return connection.execute(_OF_MANY, {"keys": keys})
    filled_up = [*keys, *[""] * (_FEW - len(keys))]
    return connection.execute(_OF_FEW, {f"key_{at}": key for at, key in enumerate(filled_up)})


def _key(kind: str, value: str) -> str:
    return tokens.fingerprint("comment-standing", f"{kind}:{value}") if value else ""
