"""Files of other systems, as small as they can be."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path
from xml.sax.saxutils import escape

SITE = "https://old.example"
_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n{prologue}'
    '<rss version="2.0" xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/"'
    ' xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:wp="http://wordpress.org/export/1.2/">\n'
    "<channel><title>Old</title><link>{site}</link><wp:wxr_version>1.2</wp:wxr_version>\n"
    "<wp:author><wp:author_id>7</wp:author_id><wp:author_login>ruth</wp:author_login>"
    "<wp:author_display_name><![CDATA[Ruth Miller]]></wp:author_display_name></wp:author>\n"
)


def wxr(path: Path, *items: str, prologue: str = "", site: str = SITE) -> Path:
    """A WordPress export."""
    head = _HEAD.format(prologue=prologue, site=site)
    path.write_text(f"{head}{''.join(items)}</channel></rss>", encoding="utf-8")
    return path


def wp_item(
    number: int | str = 1,
    title: str = "A quiet house",
    *,
    kind: str = "post",
    status: str = "publish",
    content: str = "Words.",
    date: str = "2024-03-01 10:00:00",
    slug: str = "",
    excerpt: str = "",
    password: str = "",
    terms: Iterable[tuple[str, str]] = (),
    comments: Iterable[str] = (),
    more: str = "",
) -> str:
    """One item of it. `terms` are (domain, name), `more` further elements."""
    categories = "".join(
        f'<category domain="{domain}" nicename="{name.lower()}">{escape(name)}</category>'
        for domain, name in terms
    )
    return (
        f"<item><title>{escape(title)}</title><dc:creator>ruth</dc:creator>"
        f"<content:encoded><![CDATA[{content}]]></content:encoded>"
        f"<excerpt:encoded><![CDATA[{excerpt}]]></excerpt:encoded>"
        f"<wp:post_id>{number}</wp:post_id><wp:post_date_gmt>{date}</wp:post_date_gmt>"
        f"<wp:comment_status>open</wp:comment_status><wp:post_name>{slug}</wp:post_name>"
        f"<wp:status>{status}</wp:status><wp:post_type>{kind}</wp:post_type>"
        f"<wp:post_password>{password}</wp:post_password>{categories}{''.join(comments)}{more}</item>\n"
    )


def wp_comment(
    number: int = 1,
    body: str = "I agree.",
    *,
    state: str = "1",
    kind: str = "",
    parent: int = 0,
    author: str = "Ann",
    user: str = "0",
) -> str:
    """One comment of an item."""
    return (
        f"<wp:comment><wp:comment_id>{number}</wp:comment_id>"
        f"<wp:comment_author><![CDATA[{author}]]></wp:comment_author>"
        f"<wp:comment_author_email>Ann@Example.org</wp:comment_author_email>"
        f"<wp:comment_date_gmt>2024-03-02 10:00:0{number % 10}</wp:comment_date_gmt>"
        f"<wp:comment_content><![CDATA[{body}]]></wp:comment_content>"
        f"<wp:comment_approved>{state}</wp:comment_approved><wp:comment_type>{kind}</wp:comment_type>"
        f"<wp:comment_parent>{parent}</wp:comment_parent><wp:comment_user_id>{user}</wp:comment_user_id>"
        "</wp:comment>"
    )


SHOPIFY_COLUMNS = (
    "Handle", "Title", "Body (HTML)", "Vendor", "Tags", "Published", "Option1 Name", "Option1 Value",
    "Option2 Value", "Variant SKU", "Variant Grams", "Variant Inventory Tracker", "Variant Inventory Qty",
    "Variant Inventory Policy", "Variant Price", "Variant Compare At Price", "Variant Requires Shipping",
    "Image Src", "Gift Card",
)  # fmt: skip


def shopify_row(
    handle: str = "mug", title: str = "Mug", price: str = "9.50", **cells: str
) -> dict[str, str]:
    """A row that is a product; `cells` are columns, with `_` for what is no letter or digit, e.g. `Image_Src`."""
    named = {
        column.replace(" ", "_").replace("(", "").replace(")", ""): column
        for column in SHOPIFY_COLUMNS
    }
    row = {"Handle": handle, "Title": title, "Variant Price": price, "Published": "true"}
    return row | {named[name]: value for name, value in cells.items()}


def shopify(
    path: Path,
    *rows: dict[str, str],
    delimiter: str = ",",
    encoding: str = "utf-8",
    columns: Iterable[str] = SHOPIFY_COLUMNS,
) -> Path:
    """A Shopify product export."""
    written = io.StringIO(newline="")
    writer = csv.DictWriter(
        written, list(columns), restval="", delimiter=delimiter, extrasaction="ignore"
    )
    writer.writeheader()
    writer.writerows(rows)
    path.write_bytes(written.getvalue().encode(encoding))
    return path
