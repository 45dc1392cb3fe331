"""What happens to redirects."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import delete, select, update

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


def keep_address(source: str, target: str, *, origin: str) -> bool:
    """Keep the old address of something that an import brings in, unless it leads somewhere already.

    Returns:
        Whether there is a redirect now. An address that can't be kept is no reason to leave the thing out.
    """
    plain = addresses.plain_address(source)
    if not plain or plain == addresses.plain_address(target):
        return False
    if queries.redirect_from(plain) is None:
        try:
            lead_on(plain, target, origin=origin)
        except Refused:
            return False
    return True


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
