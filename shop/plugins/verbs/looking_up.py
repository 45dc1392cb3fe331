"""Looks things up for plugins, and asks who the visitor is."""

from __future__ import annotations

from typing import Any, TypeVar

from flask_login import current_user

from shop.core.pages.page_cache import private_page
from shop.plugins.manager import registry
from shop.plugins.terms.read_models import (
    ArticleText,
    ArticleView,
    CommentView,
    OrderView,
    ProductView,
    Purchases,
    Visitor,
)

V = TypeVar("V")


def look_up(kind: type[V], key: int | str) -> V | None:
    """A thing by its type and its key, in whatever state it is; None when there is none, or its feature is off."""
    for each in registry().read_models:
        if each.kind is kind:
            found: V | None = each.find(key)
            return found
    return None


def article(key: int | str) -> ArticleView | None:
    """An article or page by its id, an article by its slug too; a draft as well, so look at `is_public`."""
    return look_up(ArticleView, key)


def article_text(key: int | str) -> ArticleText | None:
    """What everyone may read of an article (by id or slug) or a page (by id); None of one that is not public."""
    return look_up(ArticleText, key)


def comment(comment_id: int) -> CommentView | None:
    """A comment by its id, in whatever state it is."""
    return look_up(CommentView, comment_id)


def product(key: int | str) -> ProductView | None:
    """A product by its id or slug; one that is not published as well, so look at `is_public`."""
    return look_up(ProductView, key)


def order(key: int | str) -> OrderView | None:
    """An order by its id or number. A page that asks is one visitor's, and never kept.

    Whether the visitor may see it, is for you to ask: see `visitor`.
    """
    private_page()
    return look_up(OrderView, key)


def purchases(email: str) -> frozenset[int]:
    """Ids of the products that a buyer has paid for. A page that asks is one visitor's, and never kept.

    Ask about an address only that is the visitor's: one that was confirmed (`Visitor.is_verified`), or an order's.
    """
    private_page()
    found = look_up(Purchases, email)
    return found.product_ids if found else frozenset()


def visitor() -> Visitor | None:
    """Who is signed in; None when nobody is, and outside a request. A page that asks is one visitor's, and never kept.

    In a slot on a page that anyone may see don't ask: each view of it would be made anew.
    """
    private_page()
    account: Any = current_user or None  # a proxy, and nothing outside a request
    if account is None or not account.is_authenticated:
        return None
    found: Visitor = account.as_visitor
    return found
