"""Reviews on their way to another site and back: by the slug of the product, and with the decision of staff."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from bookstall_reviews import reviews
from bookstall_reviews.models import Review
from shop.plugins.api import Refused, row_values, rows_in_batches, set_row_values
from shop.plugins.api import product as product_of

STATES = frozenset({"waiting", "published", "refused", "spam"})
NOT_TOLD = ("product_id", "author_key", "version")
NEEDED = ("stars", "body", "author", "email", "has_bought", "written_at", "state")


def write() -> Iterator[Mapping[str, Any]]:
    """Every review, oldest first; those of products that are gone stay behind."""
    for each in rows_in_batches(select(Review), Review.id):
        if (product := product_of(each.product_id)) is not None:
            yield {
                **row_values(each, leaving_out=NOT_TOLD),
                "product": product.slug,
                "is_confirmed": reviews.is_of_confirmed_address(each),
            }


def read(said: Mapping[str, Any]) -> bool:
    """Take a review in as it was there; whether it is new here.

    Raises:
        Refused: its product is not here, or a value is none of ours.
    """
    product = product_of(str(said.get("product", "")))
    if product is None:
        raise Refused(_("the product is not here"))
    review = Review(product_id=product.id)
    set_row_values(review, said, leaving_out=NOT_TOLD, needs=NEEDED)
    if not 1 <= review.stars <= 5 or review.state not in STATES:
        raise Refused(_("its stars or its state are none that a review has"))
    return reviews.take_over(review, is_confirmed=said.get("is_confirmed") is True)
