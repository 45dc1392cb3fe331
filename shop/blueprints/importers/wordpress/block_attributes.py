"""Blocks that the other server draws: what their attributes say, as HTML.

Blocks of ACF and of other plugins keep words and pictures in the JSON of their comment and nowhere else, and Divi does
since its fifth version.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from shop.blueprints.importers.wordpress.arguments import (
    is_picture,
    names_picture,
    says_words,
    words_as_html,
)

DEEPEST = 12
_NAME = re.compile(r"\s*wp:([a-z0-9/-]{1,60})\s*(\{.*\})?\s*/?\s*", re.DOTALL)
_FORMS = re.compile(r".*(?:field|form|input|search|login).*|woocommerce/.*")
_LEADS = frozenset({"social-link", "navigation-link"})
_OF_THE_LOOK = re.compile(
    r"_.*|.*(?:class|style|css|color|colour|font|size|icon|anchor|layout|decoration|advanced|attributes|settings|tablet|"
    r"phone|hover|unique|blockid|block_id|module|mode|lock|meta|align).*|id|type",
    re.IGNORECASE,
)
"""Attributes that say how a block looks, and nothing to be read."""
_HOLDERS = frozenset({"innercontent", "desktop", "value", "data", "content"})
"""What only holds the words of what it stands below."""
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_READ = re.compile(r"[^\W\d_]{2}")


def said_in(comment: str, pictures: Mapping[int, str]) -> str:
    """The words, links and pictures of a block that is one comment; empty where it says none.

    `pictures` are the addresses of the site's attachments, by their numbers.
    """
    found = _NAME.fullmatch(comment)
    if found is None or not found[2] or ("/" not in found[1] and found[1] not in _LEADS):
        return ""
    try:
        said = json.loads(found[2])
    except (ValueError, RecursionError):
        return ""
    if not isinstance(said, dict) or _FORMS.fullmatch(found[1]):
        return ""
    if found[1] in _LEADS:
        label = said.get("label") or str(said.get("service") or "").capitalize()
        return _link(str(said.get("url") or ""), str(label))
    is_acf = found[1].startswith("acf/")
    said = {name: each for name, each in said.items() if name != "name"}
    return "".join(_said(said, "", DEEPEST, is_acf, pictures))


def _said(
    value: Any, key: str, depth: int, is_acf: bool, pictures: Mapping[int, str]
) -> Iterator[str]:
    if isinstance(value, dict) and depth:
        yield from _said_by_parts(value, key, depth, is_acf, pictures)
    elif isinstance(value, list) and depth:
        for each in value:
            yield from _said(each, key, depth - 1, is_acf, pictures)
    elif isinstance(value, int) and value in pictures and names_picture(key):
        yield f'<figure><img src="{escape(pictures[value])}" alt=""></figure>'
    elif isinstance(value, str) and is_picture(value):
        yield f'<figure><img src="{escape(value)}" alt=""></figure>'
    elif isinstance(value, str) and _READ.search(value):
        is_text = "<" in value or " " in value.strip() or value[:1].isupper()
        if says_words(key, value) or (is_acf and is_text):
            yield f"<div>{words_as_html(value)}</div>"


def _said_by_parts(
    value: Mapping[str, Any], key: str, depth: int, is_acf: bool, pictures: Mapping[int, str]
) -> Iterator[str]:
    told = {name: each for name, each in value.items() if isinstance(each, str) and each}
    address = next((each for each in ("linkUrl", "url", "href") if each in told), "")
    label = next((each for each in ("text", "title", "label") if each in told), "")
    link = (
        ""
        if is_picture(told.get(address, ""))
        else _link(told.get(address, ""), told.get(label, ""))
    )
    yield link
    for name, each in value.items():
        if not _OF_THE_LOOK.fullmatch(name) and not (link and name in {address, label}):
            plain = _CAMEL.sub("_", name).lower()
            below = key if plain in _HOLDERS and key else plain
            yield from _said(each, below, depth - 1, is_acf, pictures)


def _link(address: str, label: str) -> str:
    if not address.startswith(("http://", "https://", "/", "mailto:", "tel:")):
        return ""
    return f'<p><a href="{escape(address)}">{escape(label or address)}</a></p>'
