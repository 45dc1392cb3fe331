"""What happens to reviews, and what is asked about them. Rules stand here, and nothing of HTTP."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, func, select

from bookstall_reviews.models import Review, tag_of
from shop.plugins.api import (
    Refused,
    TextVerdict,
    current_settings,
    db,
    now,
    purge,
    setting,
)

LONGEST = 3000
ON_PRODUCT = 5
ON_PAGE = 20
PUBLISHED = "published"


@dataclass(frozen=True, slots=True)
class ReviewSettings:
    """What the owner may change, in the admin under Settings."""

    buyers_only: bool = setting(False, _l("Only buyers may write a review"))
    hold_all: bool = setting(
        False,
        _l("Every review waits for a person"),
        help=_l("Otherwise only what the checks for comments are in doubt about."),
    )
    hold_strangers: bool = setting(
        True, _l("Reviews of people who did not buy here wait for a person")
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What somebody sends. `is_confirmed`: the address is theirs."""

    product_id: int
    stars: int
    body: str
    author: str
    email: str
    is_confirmed: bool
    has_bought: bool


@dataclass(frozen=True, slots=True)
class Rating:
    """What all say of a product together. `shares` holds how many gave five stars, four, and so on down to one."""

    count: int
    average: float
    shares: tuple[int, ...]

    @property
    def text(self) -> str:
        """The average with one digit, such as 4.3."""
        return f"{self.average:.1f}"


# What happens


def write(opinion: Opinion, verdict: TextVerdict) -> Review:
    """Write a review, or change the one that this person has written before. Only inside a unit of work.

    Raises:
        Refused: only buyers may write, and this is none.
    """
    if current_settings(ReviewSettings).buyers_only and not opinion.has_bought:
        raise Refused(_("Only people who bought this here can review it."))
    key = _author_key(opinion)
    review = _review_of(key) or Review(product_id=opinion.product_id, author_key=key)
    review.stars, review.body = opinion.stars, opinion.body
    review.author, review.email = opinion.author, opinion.email
    review.has_bought = opinion.has_bought
    review.written_at = now()
    review.begin(verdict, is_held=_is_held(opinion))
    return review


def take_over(review: Review, *, is_confirmed: bool) -> bool:
    """Store a review as it was on another site; False when this person's is here already."""
    words = "" if is_confirmed else review.body
    review.author_key = _key_of(review.product_id, review.email, words, is_confirmed=is_confirmed)
    if _review_of(review.author_key) is not None:
        return False
    db.session.add(review)
    purge(*review.tags())
    return True


def remove(review: Review) -> None:
    """Delete a review: its author takes it away."""
    purge(tag_of(review.product_id))
    db.session.delete(review)


def erase(email: str) -> None:
    """Delete all that one person wrote."""
    for product_id in db.session.scalars(select(Review.product_id).where(Review.email == email)):
        purge(tag_of(product_id))
    db.session.execute(delete(Review).where(Review.email == email))


def _is_held(opinion: Opinion) -> bool:
    rules = current_settings(ReviewSettings)
    return rules.hold_all or (rules.hold_strangers and not opinion.has_bought)


def _author_key(opinion: Opinion) -> str:
    is_confirmed = opinion.is_confirmed
    words = "" if is_confirmed else opinion.body
    return _key_of(opinion.product_id, opinion.email, words, is_confirmed=is_confirmed)


def _key_of(product_id: int, email: str, words: str, *, is_confirmed: bool) -> str:
    said = "\n".join((str(product_id), str(is_confirmed), email, words))
    return hashlib.sha256(said.encode()).hexdigest()


# What is asked


def rating_of(product_id: int) -> Rating | None:
    """The stars of a product; None when it has no reviews that readers see."""
    rows = db.session.execute(
        select(Review.stars, func.count())
        .where(Review.product_id == product_id, Review.state == PUBLISHED)
        .group_by(Review.stars)
    )
    given: dict[int, int] = dict(rows.all())
    count = sum(given.values())
    if not count:
        return None
    total = sum(stars * times for stars, times in given.items())
    return Rating(count, total / count, tuple(given.get(stars, 0) for stars in (5, 4, 3, 2, 1)))


def newest(product_id: int, limit: int, before: int | None = None) -> Sequence[Review]:
    """What readers see of a product, the newest first; `before` a review's id."""
    query = select(Review).where(Review.product_id == product_id, Review.state == PUBLISHED)
    if before is not None:
        query = query.where(Review.id < before)
    return db.session.scalars(query.order_by(Review.id.desc()).limit(limit)).all()


def own_review(product_id: int, email: str) -> Review | None:
    """What the person of a confirmed address wrote of a product."""
    return _review_of(_confirmed_key(product_id, email))


def is_of_confirmed_address(review: Review) -> bool:
    """Whether the address of who wrote it was known to be theirs."""
    return review.author_key == _confirmed_key(review.product_id, review.email)


def _confirmed_key(product_id: int, email: str) -> str:
    return _key_of(product_id, email, "", is_confirmed=True)


def export(email: str) -> Sequence[Mapping[str, Any]]:
    """What one person wrote."""
    written = db.session.scalars(select(Review).where(Review.email == email).order_by(Review.id))
    return [
        {
            "written": each.written_at.isoformat(),
            "product": each.product_id,
            "name": each.author,
            "stars": each.stars,
            "review": each.body,
            "bought_here": each.has_bought,
            "state": each.state,
        }
        for each in written
    ]


def _review_of(author_key: str) -> Review | None:
    return db.session.scalar(select(Review).where(Review.author_key == author_key))
