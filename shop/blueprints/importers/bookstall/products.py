"""Products of an export, with their variants, pictures and files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from shop.blueprints.catalog import queries, services
from shop.blueprints.catalog.files import uploads
from shop.blueprints.catalog.models import Product, ProductAddress, ProductState
from shop.blueprints.catalog.services import ProductText, VariantTerms
from shop.blueprints.exporters.format import layout
from shop.blueprints.exporters.format.keys import is_of_this_site
from shop.blueprints.importers.bookstall.library import with_numbers
from shop.blueprints.importers.formats.bundles import Bundle
from shop.blueprints.importers.row_guard import one_row
from shop.core.database import plain_rows
from shop.plugins.api import ImportReport, ProductView, Refused, db, set_row_values
from shop.plugins.fields.custom_fields import bring_in_fields

MOST_OF_FILE = 60_000_000
_BY_SERVICE = ("slug", "state", "image_key")
_STORED = ("name", "storage_key", "size", "media_type", "announced_at", "told")
_COUNTED = ("stock_on_hand", "stock_reserved", "stock_sold", "may_oversell")


def bring_in_products(bundle: Bundle, report: ImportReport, numbers: Mapping[int, int]) -> None:
    """Store every product as it was. Stock begins with what was on hand.

    `numbers` are those of the pictures of the library here, by their numbers there.
    """
    for name in bundle.in_order:
        if name.startswith(layout.PRODUCTS) and name.endswith(".md"):
            with one_row(report, name):
                _bring_in(name, bundle, report, numbers)


def _bring_in(name: str, bundle: Bundle, report: ImportReport, numbers: Mapping[int, int]) -> None:
    said, description = layout.split_front_matter(bundle.text(name))
    key = _text(said, "key")
    if is_of_this_site("product", key, Product) or queries.imported_product(key) is not None:
        report.accept(is_new=False)
        return
    words = ProductText(
        title=_text(said, "title"),
        slug=_text(said, "slug"),
        description=with_numbers(description, numbers),
        currency=_text(said, "currency"),
    )
    product = services.write_product(words, import_key=key)
    set_row_values(product, said, leaving_out=_BY_SERVICE)
    bring_in_fields(ProductView, product.id, said.get("fields"))
    for terms in _list(said, "variants"):
        _add_variant(product, terms)
    for file in _list(said, "files"):
        _add_file(product, file, bundle)
    picture = said.get("picture")
    if isinstance(picture, str) and picture in bundle.names:
        services.set_picture(product, bundle.content(picture, most=MOST_OF_FILE))
    for field in ("pictures", "pages"):
        there = [number for number in _list(said, field) if isinstance(number, int)]
        here = [numbers[number] for number in there if number in numbers]
        services.show_pictures(product, here, as_pages=field == "pages")
    _put_where_it_was(product, said)
    report.accept(is_new=True)


def _add_variant(product: Product, said: Any) -> None:
    price = said.get("price_minor") if isinstance(said, dict) else None
    if not isinstance(price, int):
        raise Refused(_("a variant has no price"))
    terms = VariantTerms(price_minor=price, may_oversell=said.get("may_oversell") is True)
    variant = services.write_variant(product, terms)
    set_row_values(variant, said, leaving_out=_COUNTED)
    stock = said.get("stock_on_hand")
    if isinstance(stock, int):
        services.set_stock(variant, max(0, stock), reason=_("Imported"))


def _add_file(product: Product, said: Any, bundle: Bundle) -> None:
    """A file with all its versions: who bought an older one gets the newest here as there."""
    versions = said.get("versions") if isinstance(said, dict) else None
    name, is_stamped = _text(said, "name"), said.get("is_stamped") is True
    kept = None
    for version in versions or [said]:
        entry = f"{layout.FILES}{_text(version, 'storage_key')}"
        if entry not in bundle.names:
            raise Refused(_("its file %(name)s is not in the export", name=name))
        content = bundle.content(entry, most=MOST_OF_FILE)
        taken = uploads.take_in(content, name=name, is_stamped=is_stamped)
        called = _text(version, "version")
        if kept is None:
            kept = uploads.attach(product, taken, name=name, version=called, is_stamped=is_stamped)
            stored = kept.versions[0]
        else:
            changes = version.get("changes")
            stored = uploads.replace(
                kept, taken, version=called, changes=changes if isinstance(changes, str) else ""
            )
        set_row_values(stored, version, leaving_out=_STORED)
        db.session.flush()  # the next version reads the file and its versions anew
    if kept is not None:
        set_row_values(kept, said, leaving_out=_STORED)


def _put_where_it_was(product: Product, said: dict[str, Any]) -> None:
    if said.get("state") == ProductState.PUBLISHED:
        services.put_on_shelf(product)
    elif said.get("state") == ProductState.REMOVED:
        services.remove_product(product)
    for slug in _list(said, "former"):
        if isinstance(slug, str) and db.session.get(ProductAddress, slug) is None:
            db.session.add(ProductAddress(slug=slug[:80], product_id=product.id))
    moment = plain_rows.moment_of(said.get("updated_at"))
    if moment is not None:
        product.updated_at = moment


def _text(said: Any, name: str) -> str:
    value = said.get(name) if isinstance(said, dict) else None
    if not isinstance(value, str):
        raise Refused(_("it does not say its %(name)s", name=name))
    return value


def _list(said: dict[str, Any], name: str) -> list[Any]:
    values = said.get(name)
    return values if isinstance(values, list) else []
