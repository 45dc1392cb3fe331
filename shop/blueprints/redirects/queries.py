"""Questions about redirects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import func, or_, select

from shop.blueprints.redirects.models import MissedAddress, Redirect
from shop.core.errors import or_404
from shop.core.web.pagination import Page, newest_first
from shop.plugins.api import db

PAGE_SIZE = 50


def redirect_from(*sources: str) -> Redirect | None:
    """The redirect of the first of these addresses that has one."""
    found = db.session.scalars(select(Redirect).where(Redirect.source.in_(sources))).all()
    by_source = {row.source: row for row in found}
    return next((by_source[each] for each in sources if each in by_source), None)


def redirects_around(sources: Iterable[str], pages: Iterable[str]) -> tuple[set[str], set[str]]:
    """Which of these addresses lead somewhere already, and which are where a redirect leads."""
    asked = set(sources)
    rows = db.session.execute(
        select(Redirect.source, Redirect.target).where(
            or_(Redirect.source.in_({*asked, *pages}), Redirect.target.in_(asked))
        )
    ).all()
    return {row.source for row in rows}, {row.target for row in rows}


def redirect_or_404(redirect_id: int) -> Redirect:
    """The redirect of an id."""
    return or_404(db.session.get(Redirect, redirect_id))


def redirects_in_list(*, search: str = "", after: str | None = None) -> Page[Redirect]:
    """Redirects, the newest first; with `search` those whose addresses contain it."""
    query = select(Redirect)
    if search:
        part = f"%{search.replace('%', '').lower()}%"
        query = query.where(
            or_(func.lower(Redirect.source).like(part), func.lower(Redirect.target).like(part))
        )
    return newest_first(query, Redirect.id, after=after, size=PAGE_SIZE)


def every_redirect() -> Iterator[Redirect]:
    """All of them, by their old address."""
    return iter(db.session.scalars(select(Redirect).order_by(Redirect.source)))


def missed_addresses(limit: int = 100) -> Sequence[MissedAddress]:
    """What people looked for in vain, the most wanted first."""
    order = (MissedAddress.hits.desc(), MissedAddress.last_at.desc(), MissedAddress.id)
    return db.session.scalars(select(MissedAddress).order_by(*order).limit(limit)).all()
