"""Addresses in the one way in which they are stored and asked for."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from urllib.parse import parse_qsl, unquote, urlsplit

from shop.blueprints.redirects.models import LONGEST_ADDRESS
from shop.core import text
from shop.core.web import security

NUMBER_PARAMETERS = ("p", "page_id", "attachment_id")
"""How WordPress names a post by its number: `/?p=12`."""
_FRONT = re.compile(r"/(?:index\.php)?$")
_SLASHES = re.compile(r"/{2,}")
# What blogs serve below each page: its feed, its further pages, its comments.
_BELOW = re.compile(
    r"/(?:feed(?:/atom|/rss2?)?|amp|embed|trackback|(?:comment-)?page[-/]\d{1,6}|\d{1,3})$"
)
_PAGED = re.compile(r"/page/\d{1,6}$")
_BY_DATE = re.compile(r"(?:/date)?(/(?:19|20)\d\d)/\d{1,2}(?:/\d{1,2})?$")
"""The archives of a month or a day, as blogs have them below that of the year."""
_PRODUCT = re.compile(
    r"^(.*)/(?:produkt|produit|producto|prodotto|produto|produs|vare|tuote|termek|urun)(?=/[^/]+$)"
)
"""How WooCommerce calls the folder of its products in other languages than English."""
_IN_COLLECTION = re.compile(r"^/collections/[^/]+(?=/products/[^/]+$)")


def plain_address(address: str) -> str:
    """The path of an address, decoded, without its host and a slash at the end; `/blog/?p=12` keeps its number.

    Empty for what can't be an old address: the front page, one with control characters, one that is too long.
    """
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        return ""
    path = plain_path(unquote(parts.path))
    number = numbered(path, dict(parse_qsl(parts.query)))
    return number or ("" if _FRONT.sub("", path) == "" else path)


def plain_path(path: str) -> str:
    """A decoded path in the stored form; empty for one that can't be stored."""
    path = _SLASHES.sub("/", unicodedata.normalize("NFC", "/" + path)).rstrip("/") or "/"
    if len(path) > LONGEST_ADDRESS or text.has_control_characters(path):
        return ""
    return path


def numbered(path: str, arguments: Mapping[str, str]) -> str:
    """The stored form of a post's number among the parameters of a front page; empty where there is none.

    `path` is where the site stood: `/` or a folder.
    """
    for name in NUMBER_PARAMETERS:
        number = text.as_number(arguments.get(name, ""))
        if number is not None:
            return f"{_FRONT.sub('', path)}/?p={number}"
    return ""


def stored_forms(path: str) -> list[str]:
    """Under what a path may be stored: as it is, as the page that it is a part of, and both in lower case; as the
    archive of its year, as a product, and as the further pages of a front page.
    """
    plain = plain_path(path)
    shorter = _IN_COLLECTION.sub("", _BELOW.sub("", plain))
    year, pages = _BY_DATE.sub(r"\1", _PAGED.sub("", plain)), _PAGED.sub("/page", plain)
    others = (year, pages, _PRODUCT.sub(r"\1/product", shorter))
    forms = (plain, shorter, plain.lower(), shorter.lower(), *others)
    return [each for each in dict.fromkeys(forms) if each not in {"", "/"}]


def local_page(target: str) -> str:
    """`target` when it is the address of a page of this site, else empty. Ours may be given with its host."""
    target = target.strip()
    own = security.base_url()
    if target == own or target.startswith(own + "/"):
        target = target.removeprefix(own) or "/"
    is_fit = len(target) <= LONGEST_ADDRESS and not text.has_control_characters(target)
    return security.local_target(target, "") if is_fit else ""
