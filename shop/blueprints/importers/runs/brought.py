"""What an import brought: how much of each kind, and where it is in the admin."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for
from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import InstrumentedAttribute

from shop.blueprints.accounts.models import Account
from shop.blueprints.accounts.queries import may
from shop.blueprints.articles.models import Article, ArticleKind
from shop.blueprints.catalog.models import Product
from shop.blueprints.comments.models import Comment
from shop.blueprints.importers.runs.models import ImportArrival
from shop.plugins import registry
from shop.plugins.api import AdminSection, db

FIRST = 10
_SECTIONS = {
    "article_series": "series",
    "author": "authors",
    "tag": "tags",
    "newsletter_subscriber": "newsletter",
    "shop_order": "orders",
    "media_picture": "media",
    "redirect": "redirects",
}


@dataclass(frozen=True, slots=True)
class Brought:
    """So many of a kind, and where they are; no address for whoever may not go there."""

    label: str
    count: int
    url: str


@dataclass(frozen=True, slots=True)
class EditLink:
    """An article, a page or a product, and where it is edited."""

    title: str
    url: str


def brought(run_id: int, by: Account | None) -> list[Brought]:
    """How much of each kind an import brought, in the order of the admin's menu."""
    counts = _counts(run_id)
    sections = sorted(registry().admin_sections, key=lambda each: each.order)
    found = [each for each in sections if counts.get(each.name)]
    return [
        Brought(
            str(each.label),
            counts[each.name],
            _url(each, run_id) if may(by, each.permission) else "",
        )
        for each in found
    ]


def first_arrivals(run_id: int) -> list[EditLink]:
    """The first articles, pages and products that an import brought, ten at most."""
    return list(_first_arrivals(run_id))[:FIRST]


def _counts(run_id: int) -> Mapping[str, int]:
    """How many of each kind are still here, by the name of the section where they are."""
    of_run = ImportArrival.run_id == run_id
    kinds = select(ImportArrival.kind, func.count()).where(of_run).group_by(ImportArrival.kind)
    counts = {_SECTIONS.get(kind, f"{kind}s"): n for kind, n in db.session.execute(kinds)}
    if counts.pop("articles", 0):
        pages = (
            select(Article.kind, func.count())
            .join(ImportArrival, ImportArrival.row_id == Article.id)
            .where(of_run, ImportArrival.kind == "article")
            .group_by(Article.kind)
        )
        counts |= {f"{kind}s": n for kind, n in db.session.execute(pages)}
    return counts


def _url(section: AdminSection, run_id: int) -> str:
    state = _most_common_state(run_id) if section.name == "comments" else None
    return url_for(f"admin.{section.name}.{section.endpoint}", state=state)


def _most_common_state(run_id: int) -> str | None:
    """In which state most comments of an import are: there the queue shows some of them."""
    return db.session.scalar(
        select(Comment.state)
        .join(ImportArrival, ImportArrival.row_id == Comment.id)
        .where(ImportArrival.run_id == run_id, ImportArrival.kind == "comment")
        .group_by(Comment.state)
        .order_by(func.count().desc(), Comment.state)
        .limit(1)
    )


def _first_arrivals(run_id: int) -> Iterator[EditLink]:
    articles = select(Article.id, Article.title, Article.kind)
    for row in _of_run(articles, Article.id, run_id, "article"):
        desk = "pages" if row.kind == ArticleKind.PAGE else "articles"
        yield EditLink(row.title, url_for(f"admin.{desk}.edit", article_id=row.id))
    products = select(Product.id, Product.title)
    for row in _of_run(products, Product.id, run_id, "product"):
        yield EditLink(row.title, url_for("admin.products.edit", product_id=row.id))


def _of_run(
    query: Select[*tuple[Any, ...]], key: InstrumentedAttribute[int], run_id: int, kind: str
) -> Sequence[Row[*tuple[Any, ...]]]:
    noted = query.join(ImportArrival, ImportArrival.row_id == key).where(
        ImportArrival.run_id == run_id, ImportArrival.kind == kind
    )
    return db.session.execute(noted.order_by(ImportArrival.id).limit(FIRST)).all()
