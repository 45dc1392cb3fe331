"""What happens to redirects."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from shop.blueprints.redirects import addresses, queries
from shop.blueprints.redirects.models import MissedAddress, Redirect
from shop.core import clock
from shop.plugins.api import Refused, db

MOST_MISSED = 500
MISSED_FOR = timedelta(days=90)
_MOST_STEPS = 20


def lead_on(source: str, target: str, *, origin: str = "") -> Redirect:
    """Lead whoever follows an old address to a page of this site. A redirect from the same address gives way.

    What would lead by way of another redirect leads straight to its end.

    Raises:
        Refused: one of the two is no fit address, the target is on another site, or it would lead back; `field` names
            which.
    """
    plain, page = addresses.plain_address(source), addresses.local_page(target)
    if not plain or plain == "/":
        raise Refused(_("Enter an old web address, such as /2011/05/17/my-post/."), field="source")
    if not page:
        raise Refused(_("Enter a page of this site, such as /articles/my-post."), field="target")
    end = _end_of(page, plain)
    known = queries.redirect_from(plain)
    if known is not None and known.target == end:
        return known
    if known is not None:
        db.session.delete(known)
        db.session.flush()
    db.session.execute(update(Redirect).where(Redirect.target == plain).values(target=end))
    made = Redirect(source=plain, target=end, origin=origin)
    db.session.add(made)
    db.session.execute(delete(MissedAddress).where(MissedAddress.path == plain))
    db.session.flush()
    return made


def keep_addresses(old: Mapping[str, str], *, origin: str) -> None:
    """Keep the old addresses of things that an import brings in, each with the page that it leads to.

    One that leads somewhere already stays as it is. One that can't be kept is no reason to leave the thing out.
    """
    wanted: dict[str, str] = {}
    for source, target in old.items():
        plain, page = addresses.plain_address(source), addresses.local_page(target)
        if plain not in {"", "/", addresses.plain_address(target)} and page:
            wanted.setdefault(plain, page)
    for _attempt in range(2):  # somebody may add one of them at the same moment
        try:
            with db.session.begin_nested():
                _keep(wanted, origin)
        except IntegrityError:
            continue
        return


def _keep(wanted: Mapping[str, str], origin: str) -> None:
    pages = {source: addresses.plain_address(page) for source, page in wanted.items()}
    known, led_to = queries.redirects_around(pages.keys(), pages.values())
    made: list[Redirect] = []
    for source, page in wanted.items():
        if source in known:
            continue
        if source in led_to or pages[source] in known or pages[source] in wanted:
            with contextlib.suppress(Refused):
                lead_on(source, page, origin=origin)
        else:
            made.append(Redirect(source=source, target=page, origin=origin))
    if made:
        db.session.add_all(made)
        paths = [each.source for each in made]
        db.session.execute(delete(MissedAddress).where(MissedAddress.path.in_(paths)))
        db.session.flush()


def is_led_on(source: str) -> bool:
    """Whether an old address leads to a page already."""
    plain = addresses.plain_address(source)
    return bool(plain) and queries.redirect_from(plain) is not None


def _end_of(page: str, source: str) -> str:
    """Where a target leads in the end.

    Raises:
        Refused: it leads back to `source`.
    """
    for _step in range(_MOST_STEPS):
        here = addresses.plain_address(page)
        if here == source:
            raise Refused(_("This would lead back to the same address."), field="target")
        further = queries.redirect_from(here) if here else None
        if further is None:
            return page
        page = further.target
    raise Refused(_("This would lead back to the same address."), field="target")


def forget_redirect(redirect: Redirect) -> None:
    """Lead nobody from this address any more."""
    db.session.delete(redirect)


def forget_missed(path: str) -> None:
    """Take an address off the list of those where people found nothing."""
    db.session.execute(delete(MissedAddress).where(MissedAddress.path == path))


def count_visits(followed: Mapping[int, int], missed: Mapping[str, int]) -> None:
    """Add to the counts: `followed` by the ids of redirects, `missed` by paths."""
    now = clock.now()
    for redirect_id, visits in followed.items():
        db.session.execute(
            update(Redirect)
            .where(Redirect.id == redirect_id)
            .values(hits=Redirect.hits + visits, last_hit_at=now)
        )
    known = {
        row.path: row
        for row in db.session.scalars(select(MissedAddress).where(MissedAddress.path.in_(missed)))
    }
    for path, visits in missed.items():
        row = known.get(path) or MissedAddress(path=path, hits=0)
        row.hits += visits
        row.last_at = now
        db.session.add(row)
    if missed:
        db.session.flush()
        _drop_old(now)


def _drop_old(now: datetime) -> None:
    newest = select(MissedAddress.id).order_by(MissedAddress.last_at.desc(), MissedAddress.id)
    beyond = db.session.scalars(newest.offset(MOST_MISSED)).all()
    old = delete(MissedAddress).where(
        MissedAddress.id.in_(beyond) | (MissedAddress.last_at < now - MISSED_FOR)
    )
    db.session.execute(old)
