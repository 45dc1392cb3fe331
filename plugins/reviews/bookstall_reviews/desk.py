"""Pages for staff: what waits, what was decided, and how to undo it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bookstall_reviews.models import Review
from shop.plugins.api import moderation_desk, product, render_markdown


def of_page(found: Sequence[Review]) -> Mapping[str, Any]:
    """What is reviewed."""
    products = {each.product_id: product(each.product_id) for each in found}
    return {"products": products, "render_markdown": render_markdown}


desk = moderation_desk("reviews-desk", Review, "reviews/desk.html", of_page)
