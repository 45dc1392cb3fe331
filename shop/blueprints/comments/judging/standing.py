"""What was decided before about senders: counts by email address, IP address and name.

Keys are keyed hashes, so that nobody reads here who commented.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import bindparam, or_, select

from shop.blueprints.comments.judging.models import Standing
from shop.blueprints.comments.models import Comment
from shop.core import tokens
from shop.core.database import upsert
from shop.extensions import db


@dataclass(frozen=True, slots=True)
class Stands:
    """Decisions about earlier comments that stand."""

    approved: int = 0
    spam: int = 0


def standings(*, email: str, address_key: str, author: str) -> tuple[Stands, Stands, Stands]:
    """Of the email address, the IP address and the name, by one query."""
    keys = _keys(email, address_key, author)
    rows = db.session.execute(_THREE, dict(zip(("email", "address", "name"), keys, strict=True)))
    known = {row.key: Stands(max(0, row.approved), max(0, row.spam)) for row in rows}
    of_email, of_address, of_name = (known.get(key, Stands()) for key in keys)
    return of_email, of_address, of_name


def count_decision(comment: Comment, label: int, by: int) -> None:
    """Count a decision for (`by` 1) or no longer (-1): `label` is 1 for spam, -1 for an approval, 0 for neither."""
    keys = sorted(filter(None, _keys(comment.email, comment.address_key, comment.author_name)))
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


# Made once: building it costs more than asking it.
_THREE = select(Standing.key, Standing.approved, Standing.spam).where(
    or_(*(Standing.key == bindparam(each) for each in ("email", "address", "name")))
)


def _keys(email: str, address_key: str, author: str) -> tuple[str, str, str]:
    return (
        tokens.fingerprint("comment-standing", f"email:{email.lower()}") if email else "",
        tokens.fingerprint("comment-standing", f"address:{address_key}") if address_key else "",
        tokens.fingerprint("comment-standing", f"name:{author.casefold()}") if author else "",
    )
