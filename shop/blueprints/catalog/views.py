"""The list of products, product pages, covers and pictures."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import OperationalError

from shop.blueprints.catalog import cards, leading, queries, structured
from shop.blueprints.catalog.models import Product
from shop.blueprints.catalog.read_model import product_view
from shop.core.covers import design
from shop.core.files import images
from shop.core.pages.page_cache import holds_no_secret
from shop.core.site import site
from shop.core.web import shared_pictures
from shop.core.web.breadcrumbs import Crumb
from shop.plugins.api import NotFound, ProductView, public_page
from shop.plugins.drawing.directives import render_with_directives
from shop.plugins.drawing.slots import NOTHING, Handed
from shop.plugins.fields.custom_fields import public_fields

bp = Blueprint("catalog", __name__)

YEAR_SECONDS = 31_536_000


@bp.get("/shop/")
def index() -> ResponseReturnValue:
    """Everything on sale."""
    public_page("catalog", "settings")
    page = queries.shelf(request.args.get("after"))
    return render_template(
        "catalog/index.html", guides=[cards.guide(product) for product in page.items], page=page
    )


@bp.get("/shop/<slug>")
def show(slug: str) -> ResponseReturnValue:
    """A product; an earlier address leads to the present one.

    A visitor who comes from an article gets a fresh page, because that visit is counted; while the
    database is away, the kept one.
    """
    came_from = leading.named(request.args.get(leading.FIELD, ""))
    try:
        product = queries.product_on_shelf(slug)
    except NotFound:
        present = queries.moved_to(slug)
        if present is None:
            raise
        return redirect(leading.address_from_article(present, came_from), 301)
    except OperationalError:
        if not came_from:
            raise
        return redirect(url_for("catalog.show", slug=slug), 302)
    if not came_from:
        public_page(f"product:{product.id}", "settings")
        return product_page(product)
    holds_no_secret()
    page = product_page(product, came_from=came_from)
    leading.count_click(came_from, product.id)
    return page


def product_page(product: Product, *, came_from: str = "", handed: Handed = NOTHING) -> str:
    """A product's page, as it is for everyone, or for one visitor.

    Args:
        came_from: the slug of the article that led here.
        handed: what a feature above hands to its own slots on it, such as a form that has to be corrected.
    """
    variants = cards.on_sale(product)
    crumbs = [
        Crumb(site().shelf, url_for("catalog.index")),
        Crumb(product.title, url_for("catalog.show", slug=product.slug)),
    ]
    view = product_view(product)
    return render_template(
        "catalog/show.html",
        product=product,
        view=view,
        guide=cards.guide(product),
        pictures=cards.slides_of(product),
        pages=cards.slides_of(product, are_pages=True),
        large_cover_url=cards.cover_url(product, max(images.WIDTHS)),
        is_download=bool(variants) and all(variant.is_digital for variant in variants),
        shared_picture_url=cards.shared_picture_url(product),
        shared_picture_is_drawn=not product.image_key,
        came_from=came_from,
        handed=handed,
        details=public_fields(ProductView, product.id),
        text=render_with_directives(product.description),
        crumbs=crumbs,
        structured_data=structured.product_page(product, view, crumbs),
    )


@bp.get("/shop/<slug>/cover.svg")
def cover(slug: str) -> ResponseReturnValue:
    """The drawn cover. Its address changes with it, so it may be kept forever.

    Whoever knows the fingerprint in its address may see it whatever the product's state: it may be in a cart, or in the
    admin.
    """
    product = queries.product_by_slug(slug)
    if request.args.get("v") == design.cover_fingerprint(product):
        keep = f"public, max-age={YEAR_SECONDS}, immutable"
    else:
        product = queries.product_on_shelf(slug)
        keep = "public, max-age=60"
    public_page(f"product:{product.id}")
    return Response(design.svg(product), mimetype="image/svg+xml", headers={"Cache-Control": keep})


@bp.get("/shop/<slug>/share.png")
def shared(slug: str) -> ResponseReturnValue:
    """What networks show of a product."""
    product = queries.product_on_shelf(slug)
    public_page(f"product:{product.id}", "settings")
    return shared_pictures.drawn_picture(cards.shared_picture_of(product))


@bp.get("/media/<key>.webp", defaults={"width": max(images.WIDTHS)})
@bp.get("/media/<key>-<int:width>.webp")
def picture(key: str, width: int) -> ResponseReturnValue:
    """An uploaded picture. Named by its content, so it may be kept forever."""
    found = images.picture_to_send(key, width)
    response = send_file(found, mimetype="image/webp", etag=f"{key[:16]}-{width}")
    response.headers["Cache-Control"] = f"public, max-age={YEAR_SECONDS}, immutable"
    return response
