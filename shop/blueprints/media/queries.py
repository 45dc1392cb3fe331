"""Named reads of the media library."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from flask import current_app
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from shop.blueprints.articles.models import Article
from shop.blueprints.articles.syndication import article_path
from shop.blueprints.catalog.models import Product, ProductPicture, ProductState
from shop.blueprints.newsletter.models import Campaign
from shop.core.labels import LabelledEnum
from shop.core.pictures.models import Picture
from shop.core.web.pagination import Page, newest_first
from shop.plugins import registry
from shop.plugins.api import NotFound, db

PAGE_SIZE = 48
_SHOWN = re.compile(r"::(?:picture|gallery)\[([^\]\n]{1,200})\]")
_NUMBER = re.compile(r"\b\d{1,9}\b")


class PictureShelf(LabelledEnum):
    """Which pictures a list shows."""

    ALL = "all", _l("All")
    UNUSED = "unused", _l("Unused")
    WITHOUT_ALT = "without-alt", _l("Without a description")
    DELETED = "deleted", _l("Deleted")


def picture_or_404(picture_id: int) -> Picture:
    """A picture, deleted or not.

    Raises:
        NotFound: there is none.
    """
    found = db.session.get(Picture, picture_id)
    if found is None:
        raise NotFound
    return found


def pictures_on(
    shelf: PictureShelf, *, search: str = "", after: str | None = None
) -> Page[Picture]:
    """Newest first; `search` looks into names, descriptions and captions.

    Raises:
        NotFound: `after` is not a valid cursor.
    """
    is_removed = Picture.removed_at.is_not(None)
    query = select(Picture).where(is_removed if shelf is PictureShelf.DELETED else ~is_removed)
    if shelf is PictureShelf.WITHOUT_ALT:
        query = query.where(Picture.alt == "")
    if shelf is PictureShelf.UNUSED:
        query = query.where(Picture.id.not_in(uses().keys()))
    if search:
        places = (Picture.name, Picture.alt, Picture.caption)
        query = query.where(or_(*(each.icontains(search, autoescape=True) for each in places)))
    return newest_first(query, Picture.id, after=after, size=PAGE_SIZE)


@dataclass(frozen=True, slots=True)
class PictureUse:
    """A page that shows a picture. `path` is where it is, or will be once it is published."""

    title: str
    path: str


def uses() -> Mapping[int, Sequence[PictureUse]]:
    """Where pictures are shown, by the number of the picture: in articles, pages, products and issues."""
    found: dict[int, list[PictureUse]] = {}
    for picture_id, use in [*_in_articles(), *_in_products(), *_in_letters()]:
        found.setdefault(picture_id, []).append(use)
    return found


def _in_articles() -> Iterator[tuple[int, PictureUse]]:
    articles = db.session.scalars(
        select(Article)
        .where(
            Article.removed_at.is_(None),
            or_(Article.cover_id.is_not(None), _shows_pictures(Article.body)),
        )
        .order_by(Article.title)
    )
    for article in articles:
        in_text = _shown_in(article.body)
        use = PictureUse(article.title, article_path(article.kind, article.slug))
        for picture_id in in_text | ({article.cover_id} if article.cover_id else set()):
            yield picture_id, use


def _in_products() -> Iterator[tuple[int, PictureUse]]:
    if not registry().has("catalog"):
        return
    products = db.session.execute(
        select(ProductPicture.picture_id, Product.title, Product.slug)
        .join(Product, Product.id == ProductPicture.product_id)
        .where(Product.state != ProductState.REMOVED)
        .order_by(Product.title)
    )
    for picture_id, title, slug in products:
        yield picture_id, _use_in_product(title, slug)
    described = db.session.execute(
        select(Product.description, Product.title, Product.slug).where(
            Product.state != ProductState.REMOVED, _shows_pictures(Product.description)
        )
    )
    for description, title, slug in described:
        for picture_id in _shown_in(description):
            yield picture_id, _use_in_product(title, slug)


def _use_in_product(title: str, slug: str) -> PictureUse:
    return PictureUse(title, _path_to("catalog.show", slug=slug))


def _in_letters() -> Iterator[tuple[int, PictureUse]]:
    if not registry().has("newsletter"):
        return
    letters = db.session.execute(
        select(Campaign.id, Campaign.subject, Campaign.body)
        .where(_shows_pictures(Campaign.body))
        .order_by(Campaign.id)
    )
    for letter_id, subject, body in letters:
        use = PictureUse(subject, _path_to("admin.newsletter.letter", campaign_id=letter_id))
        for picture_id in _shown_in(body):
            yield picture_id, use


def _path_to(endpoint: str, **values: object) -> str:
    return current_app.url_map.bind("").build(endpoint, values)


def _shows_pictures(text: InstrumentedAttribute[str]) -> ColumnElement[bool]:
    return or_(text.contains("::picture["), text.contains("::gallery["))


def _shown_in(text: str) -> set[int]:
    return {each for said in _SHOWN.findall(text) for each in numbers_in(said)}


def numbers_in(argument: str) -> list[int]:
    """The numbers of pictures that a directive names, each once, in its order."""
    return list(dict.fromkeys(map(int, _NUMBER.findall(argument.partition("|")[0]))))
