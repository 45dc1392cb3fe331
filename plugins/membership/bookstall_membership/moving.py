"""Tiers, letters and members on their way to another site and back.

Payments stay where they are, and so do accounts: over there nobody pays yet. So members come in as people who were
some, with what they had and whether they want letters, and are the same members once they join again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from bookstall_membership import members
from bookstall_membership.models import Letter, Member, Tier
from shop.plugins.api import (
    Refused,
    db,
    now,
    purge,
    row_values,
    rows_in_batches,
    set_row_values,
)

TERMS = ("name", "amount_minor", "currency", "every")
"""What tells a tier from others."""


def write() -> Iterator[Mapping[str, Any]]:
    """Everything, tiers first; who began to join and never paid stays behind."""
    for tier in rows_in_batches(select(Tier), Tier.id):
        yield {"is": "tier", **row_values(tier)}
    for letter in rows_in_batches(select(Letter), Letter.id):
        yield {"is": "letter", **row_values(letter)}
    joined = select(Member).where(Member.joined_at.is_not(None))
    for member in rows_in_batches(joined, Member.id):
        yield {"is": "member", **row_values(member), "tier": _terms_of(member.tier)}


def read(said: Mapping[str, Any]) -> bool:
    """Take a tier, a letter or a member in; whether it is new here.

    Raises:
        Refused: it is none of these, or a value does not fit.
    """
    take = _TAKEN.get(str(said.get("is")))
    if take is None:
        raise Refused(_("it is no tier, letter or member"))
    return take(said)


def _take_tier(said: Mapping[str, Any]) -> bool:
    tier = Tier()
    set_row_values(tier, said, needs=(*TERMS, "text", "is_offered"))
    if tier.amount_minor < 1 or tier.every not in members.RHYTHMS:
        raise Refused(_("nobody can pay so much, or so often"))
    if _tier_like(_terms_of(tier)) is not None:
        return False
    db.session.add(tier)
    purge(members.TAG)
    return True


def _take_letter(said: Mapping[str, Any]) -> bool:
    letter = Letter()
    set_row_values(letter, said, needs=("subject", "body", "sent_at"))
    same = (Letter.subject == letter.subject, Letter.sent_at == letter.sent_at)
    if db.session.scalar(select(Letter.id).where(*same)) is not None:
        return False
    db.session.add(letter)
    return True


def _take_member(said: Mapping[str, Any]) -> bool:
    member = Member()
    set_row_values(member, said, needs=("email", "gets_letters", "joined_at"))
    member.email = member.email.lower()
    if db.session.scalar(select(Member.id).where(Member.email == member.email)) is not None:
        return False
    terms = said.get("tier")
    tier = _tier_like(terms) if isinstance(terms, dict) else None
    if tier is None:
        raise Refused(_("the tier is not here"))
    member.tier_id, member.ended_at = tier.id, member.ended_at or now()
    db.session.add(member)
    return True


def _terms_of(tier: Tier) -> Mapping[str, Any]:
    return {name: getattr(tier, name) for name in TERMS}


def _tier_like(terms: Mapping[str, Any]) -> Tier | None:
    same = (getattr(Tier, name) == terms.get(name) for name in TERMS)
    return db.session.scalar(select(Tier).where(*same).order_by(Tier.id).limit(1))


_TAKEN: Mapping[str, Callable[[Mapping[str, Any]], bool]] = {
    "tier": _take_tier,
    "letter": _take_letter,
    "member": _take_member,
}
