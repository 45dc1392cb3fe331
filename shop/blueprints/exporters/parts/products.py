"""Products as Markdown with front matter, with their pictures and the files that their buyers get."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from shop.blueprints.catalog.models import Product, ProductAddress, ProductFile
from shop.blueprints.exporters.format import layout
from shop.blueprints.exporters.format.archive import Archive
from shop.blueprints.exporters.format.keys import key_of
from shop.blueprints.exporters.parts.pictures import write_picture
from shop.core.files import storage
from shop.plugins.api import NotFound, ProductView, db, row_values, rows_in_batches
from shop.plugins.fields.custom_fields import plain_fields

COUNTED = ("stock_reserved", "stock_sold")
"""What the ledger of this site alone knows."""


def write_products(archive: Archive) -> int:
    """Write each product as a file, those that were removed too: orders name them. How many there were."""
    former: dict[int, list[str]] = {}
    for slug, product_id in db.session.execute(
        select(ProductAddress.slug, ProductAddress.product_id)
    ):
        former.setdefault(product_id, []).append(slug)
    count = 0
    for product in rows_in_batches(select(Product), Product.id):
        count += 1
        said = {
            "key": key_of("product", product.id, product.import_key),
            **row_values(product, leaving_out=("description", "image_key")),
            "picture": write_picture(archive, product.image_key) if product.image_key else None,
            "pictures": _numbers(product, is_page=False),
            "pages": _numbers(product, is_page=True),
            "variants": [row_values(each, leaving_out=COUNTED) for each in product.variants],
            "files": [_file(archive, each) for each in product.files],
            "former": former.get(product.id, []),
            "fields": plain_fields(ProductView, product.id),
        }
        archive.add_text(
            f"{layout.PRODUCTS}{product.slug}.md",
            layout.with_front_matter(said, product.description),
        )
    return count


def _numbers(product: Product, *, is_page: bool) -> list[int]:
    """Its pictures in the media library."""
    return [each.picture_id for each in product.pictures if each.is_page == is_page]


def _file(archive: Archive, file: ProductFile) -> dict[str, Any]:
    """A file with its versions; each content is written once, under its key."""
    for key in {file.storage_key, *(each.storage_key for each in file.versions)}:
        try:
            archive.add_bytes(f"{layout.FILES}{key}", storage.content_of(key))
        except NotFound:
            continue
    versions = [row_values(each) for each in reversed(file.versions)]
    return {**row_values(file), "versions": versions}
