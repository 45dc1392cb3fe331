"""Puts something of everything into a trial site, and people in front of it."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from shop.blueprints.accounts.models import Account, Role
from shop.blueprints.accounts.services import create
from shop.blueprints.articles.models import Article
from shop.blueprints.articles.services import write_article
from shop.blueprints.catalog.models import Product
from shop.blueprints.catalog.services import (
    ProductText,
    VariantTerms,
    put_on_shelf,
    write_product,
    write_variant,
)
from shop.blueprints.orders.drafts import LineDraft, OrderDraft
from shop.blueprints.orders.models import Order
from shop.blueprints.orders.services import place_order, settle_free
from shop.core import clock
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from shop.plugin_tools.trial_site import BUYER, EMAILS, OWNER, VISITOR, TrialSite
from shop.plugins.manager import Registry

PASSWORD = "four quiet willow boats"  # noqa: S105 - of people who live for a minute


def furnish(site: TrialSite) -> None:
    """Fill an empty site, and let its people in."""
    with site.app.app_context():
        with unit_of_work():
            _person(Role.OWNER)
            buyer = _person(Role.BUYER)
            _article(site.registry)
            product = _product()
        with unit_of_work():
            _order(product, buyer)
        db.session.remove()
    let_people_in(site)
    comment = {"author": "Ruth", "email": "ruth@example.org", "body": "I have read this twice."}
    site.visit(VISITOR, f"/articles/{site.known['slug']}/comments", "POST", data=comment)
    site.run_jobs()


def let_people_in(site: TrialSite) -> None:
    """Give everyone a browser in which something is in the cart; who has an address signs in."""
    with site.app.app_context():
        article = db.session.scalars(select(Article).order_by(Article.id)).first()
        product = db.session.scalars(select(Product).order_by(Product.id)).first()
        order = db.session.scalars(select(Order).order_by(Order.id)).first()
        if article is None or product is None or order is None:
            raise RuntimeError("the site was not furnished")
        site.known = _known(article, product, order)
        site.pages = _pages_of(article, product, order)
        db.session.remove()
    for who in (VISITOR, *EMAILS):
        site.browsers[who] = site.app.test_client()
        if who in EMAILS:
            given = {"email": EMAILS[who], "password": PASSWORD}
            site.visit(who, "/account/sign-in", "POST", data=given)
        wanted = {"variant": site.known["variant_id"], "quantity": "1"}
        site.visit(who, "/cart/items", "POST", data=wanted)


def _known(article: Article, product: Product, order: Order) -> dict[str, str]:
    return {
        "slug": article.slug,
        "article": article.slug,
        "article_id": str(article.id),
        "product": product.slug,
        "product_id": str(product.id),
        "variant_id": str(product.variants[0].id),
        "token": order.token,
        "number": order.number,
        "order": order.number,
        "order_id": str(order.id),
    }


def _person(role: Role) -> Account:
    return create(
        email=f"{role.value}@example.org",
        name="Ruth Miller",
        role=role,
        password=PASSWORD,
        verified=True,
    )


def _article(registry: Registry) -> Article:
    """With every directive of the plugins, each with a word that it may not know."""
    directives = "\n\n".join(f"::{each.name}[example]" for each in registry.directives)
    return write_article(
        title="On trust",
        body=f"Trust is the part of a house that nobody photographs.\n\n{directives}",
        state="published",
        published_at=clock.now() - timedelta(days=1),
        tags=["Trust"],
    )


def _product() -> Product:
    text = ProductText(title="The Little Guide", summary="A small book.", currency="EUR")
    product = write_product(text)
    write_variant(product, VariantTerms(title="Printed", sku="GUIDE-1", price_minor=1400))
    write_variant(product, VariantTerms(title="Gift", sku="GUIDE-2", price_minor=0))
    put_on_shelf(product)
    return product


def _order(product: Product, buyer: Account) -> Order:
    """A paid one of the free variant."""
    variant = product.variants[1]
    line = LineDraft(
        variant_id=variant.id,
        product_id=product.id,
        title=product.title,
        variant_title=variant.title,
        sku=variant.sku,
        unit_price_minor=variant.price_minor,
        quantity=1,
        is_digital=variant.is_digital,
    )
    order = place_order(
        OrderDraft(
            email=buyer.email,
            name=buyer.name,
            account_id=buyer.id,
            currency="EUR",
            lines=[line],
            shipping_minor=0,
            tax_minor=0,
            address=None,
            note="",
            reserved_until=clock.now() + timedelta(minutes=30),
        )
    )
    settle_free(order)
    return order


def _pages_of(article: Article, product: Product, order: Order) -> tuple[tuple[str, str], ...]:
    """Who looks at which addresses: together they have every point at which plugins draw."""
    return (
        (VISITOR, "/"),
        (BUYER, "/"),
        (VISITOR, f"/articles/{article.slug}"),
        (BUYER, f"/articles/{article.slug}"),
        (VISITOR, f"/shop/{product.slug}"),
        (VISITOR, "/shop/"),
        (VISITOR, "/contact"),
        (VISITOR, "/search?q=trust"),
        (VISITOR, "/feed.xml"),
        (VISITOR, "/feed.json"),
        (VISITOR, "/sitemap.xml"),
        (VISITOR, "/cart"),
        (BUYER, "/cart"),
        (BUYER, "/checkout"),
        (BUYER, f"/orders/{order.token}"),
        (BUYER, "/account/"),
        (BUYER, "/account/data"),
        (OWNER, f"/shop/{product.slug}"),
        (OWNER, "/admin/"),
        (OWNER, "/admin/orders/"),
        (OWNER, f"/admin/orders/{order.id}"),
        (OWNER, "/admin/plugins/"),
    )
