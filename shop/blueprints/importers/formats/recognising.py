"""What a file seems to be that an importer can't read: a hint for whoever chose the wrong one."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from shop.blueprints.importers.formats import files
from shop.plugins import registry
from shop.plugins.api import Refused

HEAD = 100_000
_SIGNS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("wordpress", "<", ("wordpress.org/export/", "<wp:wxr_version>")),
    ("disqus", "<", ("<disqus",)),
    ("blogger", "<", ("blogger.com,1999:blog", "schemas.google.com/blogger/")),
    ("ghost", "{", ('"posts_tags"', '"mobiledoc"', '"lexical"', '"comment_id"')),
    ("commento", "{", ('"commenthex"',)),
    ("remark42", "{", ('"locator"', '"user_blocked"')),
    ("isso", "sqlite format 3", ("",)),
)
"""How a file begins, and what of which one stands in its beginning, by the name of the importer. In lower case."""
_COLUMNS: tuple[tuple[str, frozenset[str]], ...] = (
    ("shopify", frozenset({"handle", "variant price"})),
    ("shopify", frozenset({"url handle", "price"})),
    ("woocommerce-orders", frozenset({"order_id", "billing_email"})),
    ("woocommerce", frozenset({"id", "regular price"})),
    ("beehiiv", frozenset({"content_html", "web_title"})),
    ("wix", frozenset({"rich content", "slug"})),
    ("subscribers", frozenset({"email address"})),
    ("subscribers", frozenset({"email", "created_at"})),
)
_PACKED: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("bookstall", "", ("bookstall.json\n",)),
    ("substack", "", ("posts.csv\n",)),
    ("blogger", "", (".atom\n",)),
    ("wordpress", "", (".wordpress.", "wordpress.xml\n", "wxr\n")),
    ("folder", "", (".md\n", ".markdown\n")),
)
"""The same of the names of what is packed in a ZIP."""
_DUMP = _l("It seems to be a dump of a database; export from the site’s own admin.")
_FEED = _l(
    "It seems to be a feed, which holds only the newest articles; export the whole site there."
)
_OTHERS: tuple[tuple[str, tuple[str, ...], LazyString], ...] = (
    ("name,email,financial status", ("",), _l("It seems to be Shopify’s export of orders, which can’t be imported.")),
    ("<", ("<rss", "<feed"), _FEED),
    ("{", ("jsonfeed.org/version",), _FEED),
    ("<", ("<urlset", "<sitemapindex"), _l("It seems to be a sitemap, which holds addresses and no texts.")),
    ("<", ("<html", "<!doctype html"), _l("It seems to be a web page that was saved.")),
    ("%pdf", ("",), _l("It seems to be a PDF file.")),
    ("{\\rtf", ("",), _l("It seems to be a text of a word processor; save it as plain text.")),
    ("", ("word/document.xml\n",), _l("It seems to be a text of a word processor; save it as plain text.")),
    ("", ("xl/workbook.xml\n",), _l("It seems to be a spreadsheet; save it as CSV.")),
    ("", ("create table ", "insert into "), _DUMP),
)  # fmt: skip


def with_hint(refused: Refused, file: Path, importer: str) -> str:
    """Why a file was refused, and what it seems to be instead, as far as its beginning tells."""
    try:
        hint = _hint(file, importer)
    except (OSError, zipfile.BadZipFile, ValueError):
        hint = ""
    return f"{refused.message} {hint}".strip()


def _hint(file: Path, importer: str) -> str:
    if not file.is_file():
        return ""
    head, signs = _beginning(file)
    found = (name for name, start, parts in signs if _is_there(start, parts, head))
    name = next(found, "") or _by_columns(head)
    known = {each.name: each.title for each in registry().importers}
    if name in known and name != importer:
        said: str = _(
            "It seems to be another kind: %(title)s (shop import %(name)s).",
            title=known[name],
            name=name,
        )
        return said
    what = (what for start, parts, what in _OTHERS if _is_there(start, parts, head))
    return str(next(what, "")) if name != importer else ""


def _beginning(file: Path) -> tuple[str, tuple[tuple[str, str, tuple[str, ...]], ...]]:
    """The beginning of a file, or the names of what is packed in it, in lower case, and the signs to look for."""
    if files.is_zip(file):
        with zipfile.ZipFile(file) as archive:
            return "".join(f"{name}\n" for name in archive.namelist()[:5000]).lower(), _PACKED
    with file.open("rb") as opened:
        raw = opened.read(HEAD)
    encoding = "utf-16" if raw.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    return raw.decode(encoding, "replace").lower(), _SIGNS


def _is_there(start: str, parts: tuple[str, ...], head: str) -> bool:
    return head.lstrip().startswith(start) and any(part in head for part in parts)


def _by_columns(head: str) -> str:
    first = head.lstrip("\n").partition("\n")[0]
    cells = {cell.strip("\"' \r").casefold() for cell in re.split(r"[,;\t]", first)}
    return next((name for name, columns in _COLUMNS if columns <= cells), "")
