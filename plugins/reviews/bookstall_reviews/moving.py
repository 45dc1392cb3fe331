"""Reviews on their way to another site and back: by the slug of the product, and with the decision of staff."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from bookstall_reviews import reviews
from bookstall_reviews.models import Review
from shop.plugins.api import Refused, db
from shop.plugins.api import product as product_of

AT_ONCE = 200
STATES = frozenset({"waiting", "published", "refused", "spam"})


def write() -> Iterator[Mapping[str, Any]]:
    """Every review, oldest first; those of products that are gone stay behind."""
    last = 0
    while found := db.session.scalars(
        select(Review).where(Review.id > last).order_by(Review.id).limit(AT_ONCE)
    ).all():
        last = found[-1].id
        for each in found:
            if (product := product_of(each.product_id)) is not None:
                yield _row(each, product.slug)
        db.session.expunge_all()


def _row(review: Review, slug: str) -> Mapping[str, Any]:
    return {
        "product": slug,
        "stars": review.stars,
        "body": review.body,
        "author": review.author,
        "email": review.email,
        "is_confirmed": reviews.is_of_confirmed_address(review),
        "has_bought": review.has_bought,
        "written_at": review.written_at.isoformat(),
        "state": review.state,
        "reasons": review.reasons,
    }


def read(said: Mapping[str, Any]) -> bool:
    """Take a review in as it was there; whether it is new here.

    Raises:
        Refused: its product is not here, or a value is none of ours.
    """
    product = product_of(_typed(said, "product", str))
    if product is None:
        raise Refused(_("the product is not here"))
    stars, state = _typed(said, "stars", int), _typed(said, "state", str)
    if not 1 <= stars <= 5 or state not in STATES:
        raise Refused(_("its stars or its state are none that a review has"))
    opinion = reviews.Opinion(
        product_id=product.id,
        stars=stars,
        body=_typed(said, "body", str)[: reviews.LONGEST],
        author=_typed(said, "author", str)[:80],
        email=_typed(said, "email", str)[:254],
        is_confirmed=_typed(said, "is_confirmed", bool),
        has_bought=_typed(said, "has_bought", bool),
    )
    return reviews.take_over(
        opinion, state=state, reasons=_typed(said, "reasons", str), written_at=_moment(said)
    )


def _typed(said: Mapping[str, Any], name: str, kind: type) -> Any:
    value = said.get(name)
    if type(value) is not kind:
        raise Refused(_("it does not say its %(name)s", name=name))
    return value


def _moment(said: Mapping[str, Any]) -> datetime:
    try:
        return datetime.fromisoformat(_typed(said, "written_at", str)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Refused(_("its date can’t be read")) from None
