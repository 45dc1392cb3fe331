"""Taking a whole import back: what it brought goes, unless somebody has worked on it here since."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from shop.blueprints.articles import services as articles
from shop.blueprints.articles.models import Article, ArticleTag, Author, Tag
from shop.blueprints.articles.series.models import Series, SeriesPart
from shop.blueprints.catalog import services as catalog
from shop.blueprints.catalog.models import Product, Variant
from shop.blueprints.comments import services as comments
from shop.blueprints.importers.runs.arrivals import KINDS
from shop.blueprints.importers.runs.models import ImportArrival
from shop.blueprints.media import services as media
from shop.blueprints.media.queries import uses as uses_of_pictures
from shop.blueprints.newsletter import services as newsletter
from shop.blueprints.newsletter.models import NewsletterSubscriber
from shop.blueprints.orders import history
from shop.blueprints.redirects.models import Redirect
from shop.core import clock
from shop.core.pictures.models import Picture
from shop.plugins.api import db, unit_of_work

AT_ONCE = 50
_SETTLING = timedelta(minutes=1)
"""Links between articles are mended in the end: a row changes a moment after the last one came in."""


def take_import_back(run_id: int, finished_at: datetime | None) -> int:
    """Delete what an import brought, in short units of work; how many rows were kept, because they changed since."""
    since = (finished_at or clock.now()) + _SETTLING
    kept = 0
    take: dict[str, Callable[[int, datetime], bool]] = {**_TAKE, "media_picture": _UnusedPictures()}
    for kind in KINDS:
        while found := _arrivals(run_id, kind):
            with unit_of_work():
                for arrival in found:
                    kept += not take[kind](arrival.row_id, since)
                db.session.execute(
                    delete(ImportArrival).where(ImportArrival.id.in_([each.id for each in found]))
                )
    return kept


def _arrivals(run_id: int, kind: str) -> Sequence[ImportArrival]:
    query = select(ImportArrival).where(ImportArrival.run_id == run_id, ImportArrival.kind == kind)
    return db.session.scalars(query.order_by(ImportArrival.id.desc()).limit(AT_ONCE)).all()


def _take_article(article_id: int, since: datetime) -> bool:
    article = db.session.get(Article, article_id)
    if article is None:
        return True
    if article.updated_at > since or comments.has_comments(article_id):
        return False
    articles.remove_article(article)
    db.session.delete(article)
    db.session.flush()
    return True


def _take_product(product_id: int, since: datetime) -> bool:
    product = db.session.get(Product, product_id)
    if product is None:
        return True
    if product.updated_at > since:
        return False
    catalog.remove_product(product)
    db.session.flush()
    try:
        with db.session.begin_nested():
            db.session.execute(delete(Variant).where(Variant.product_id == product_id))
            db.session.execute(delete(Product).where(Product.id == product_id))
    except IntegrityError:  # an order or a cart holds it: its address says that it is gone
        product.import_key = None
    return True


def _take_author(author_id: int, _since: datetime) -> bool:
    return _unless_used(Author, author_id, Article.author_id)


def _take_tag(tag_id: int, _since: datetime) -> bool:
    return _unless_used(Tag, tag_id, ArticleTag.tag_id)


def _take_series(series_id: int, _since: datetime) -> bool:
    return _unless_used(Series, series_id, SeriesPart.series_id)


def _unless_used(model: type[Author | Tag | Series], row_id: int, used_in: object) -> bool:
    if db.session.scalar(select(used_in).where(used_in == row_id).limit(1)) is not None:  # type: ignore[call-overload]
        return False
    db.session.execute(delete(model).where(model.id == row_id))
    return True


def _take_redirect(redirect_id: int, _since: datetime) -> bool:
    db.session.execute(delete(Redirect).where(Redirect.id == redirect_id))
    return True


def _take_subscriber(subscriber_id: int, since: datetime) -> bool:
    subscriber = db.session.get(NewsletterSubscriber, subscriber_id)
    if subscriber is not None and subscriber.left_at is not None and subscriber.left_at > since:
        return False  # who left here is not to be written to again
    newsletter.remove_subscriber([subscriber_id])
    return True


def _take_order(order_id: int, _since: datetime) -> bool:
    return history.forget_past_order(order_id)


def _take_comment(comment_id: int, _since: datetime) -> bool:
    comments.forget_imported(comment_id)
    return True


class _UnusedPictures:
    """Takes pictures that nothing shows any more; they can be restored for 30 days. Asks once what is shown."""

    def __init__(self) -> None:
        self._shown: frozenset[int] | None = None

    def __call__(self, picture_id: int, _since: datetime) -> bool:
        if self._shown is None:
            self._shown = frozenset(uses_of_pictures())
        picture = db.session.get(Picture, picture_id)
        if picture is None or picture_id in self._shown:
            return picture is None
        media.delete_picture(picture)
        return True


_TAKE: dict[str, Callable[[int, datetime], bool]] = {
    "comment": _take_comment,
    "redirect": _take_redirect,
    "article": _take_article,
    "product": _take_product,
    "author": _take_author,
    "tag": _take_tag,
    "article_series": _take_series,
    "newsletter_subscriber": _take_subscriber,
    "shop_order": _take_order,
}
