"""Ricos, the tree in which Wix keeps a text, as HTML (https://dev.wix.com/docs/ricos)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from typing import Any

from flask_babel import gettext as _

from shop.plugins.api import Refused

DEEPEST = 60
MEDIA = "https://static.wixstatic.com/media/"
_WRAPPERS = {
    "PARAGRAPH": "p", "BLOCKQUOTE": "blockquote", "BULLETED_LIST": "ul", "ORDERED_LIST": "ol", "LIST_ITEM": "li",
    "TABLE": "table", "TABLE_ROW": "tr", "TABLE_CELL": "td", "CAPTION": "figcaption",
}  # fmt: skip
_MARKS = {"BOLD": "strong", "ITALIC": "em", "STRIKETHROUGH": "s"}
_ADDRESSES = (
    ("linkPreviewData", ("link", "url"), "title"), ("buttonData", ("link", "url"), "text"),
    ("videoData", ("video", "src", "url"), "title"), ("audioData", ("audio", "src", "url"), "name"),
    ("fileData", ("src", "url"), "name"), ("fileData", ("src", "private"), "name"), ("embedData", ("src",), ""),
    ("htmlData", ("url",), ""), ("appEmbedData", ("url",), "name"), ("gifData", ("original", "gif"), ""),
)  # fmt: skip
"""Where nodes that are drawn by a script keep an address, and what it is called."""


def ricos_as_html(written: str, left_out: list[str]) -> str:
    """The text as HTML; `left_out` gets the kinds of nodes that say nothing that could be kept.

    Raises:
        Refused: it is no such tree, or nested too deeply.
    """
    try:
        read = json.loads(written)
    except (ValueError, RecursionError):
        raise Refused(_("its text can’t be read")) from None
    return _inside(read, DEEPEST, left_out) if isinstance(read, dict) else ""


def _inside(node: Mapping[str, Any], depth: int, left_out: list[str]) -> str:
    nodes = node.get("nodes")
    each = nodes if isinstance(nodes, list) else []
    return "".join(_node(one, depth - 1, left_out) for one in each if isinstance(one, dict))


def _node(node: Mapping[str, Any], depth: int, left_out: list[str]) -> str:
    if depth == 0:
        raise Refused(_("its text is nested too deeply"))
    kind = str(node.get("type") or "")
    if kind == "TEXT":
        return _words(_part(node, "textData"))
    inside = _inside(node, depth, left_out)
    if kind in {"IMAGE", "GALLERY", "DIVIDER"}:
        return _shown(kind, node, inside)
    if kind == "HEADING":
        level = _part(node, "headingData").get("level")
        tag = f"h{level}" if level in range(1, 7) else "h2"
        return f"<{tag}>{inside}</{tag}>"
    if kind == "CODE_BLOCK":
        return f"<pre><code>{inside}</code></pre>"
    if kind in _WRAPPERS:
        return f"<{_WRAPPERS[kind]}>{inside}</{_WRAPPERS[kind]}>"
    if kind == "HTML" and isinstance(_part(node, "htmlData").get("html"), str):
        return str(node["htmlData"]["html"])
    found = _link(node)
    if not (inside or found):
        left_out.append(kind.lower())
    return found or inside


def _shown(kind: str, node: Mapping[str, Any], inside: str) -> str:
    if kind == "IMAGE":
        return _figure(_part(node, "imageData"), inside)
    if kind == "DIVIDER":
        return "<hr>"
    items = _part(node, "galleryData").get("items")
    shown = [_gallery_item(each) for each in (items if isinstance(items, list) else [])]
    return f'<div class="gallery">{"".join(shown)}</div>'


def _words(said: Mapping[str, Any]) -> str:
    words = escape(str(said.get("text") or "")).replace("\n", "<br>")
    marks = said.get("decorations")
    for each in marks if isinstance(marks, list) else ():
        kind = each.get("type") if isinstance(each, dict) else ""
        if kind in _MARKS:
            words = f"<{_MARKS[kind]}>{words}</{_MARKS[kind]}>"
        elif kind == "LINK" and (address := _at(each, ("linkData", "link", "url"))):
            words = f'<a href="{escape(address)}">{words}</a>'
    return words


def _figure(said: Mapping[str, Any], below: str) -> str:
    address = _at(said, ("image", "src", "url")) or media(_at(said, ("image", "src", "id")))
    caption = below or (
        f"<figcaption>{escape(_at(said, ('caption',)))}</figcaption>" if said.get("caption") else ""
    )
    shown = (
        f'<img src="{escape(address)}" alt="{escape(_at(said, ("altText",)))}">' if address else ""
    )
    return f"<figure>{shown}{caption}</figure>"


def _gallery_item(item: object) -> str:
    said = item if isinstance(item, dict) else {}
    media_of = _part(said, "image")
    address = _at(media_of, ("media", "src", "url")) or media(_at(media_of, ("media", "src", "id")))
    words = escape(_at(said, ("altText",)) or _at(said, ("title",)))
    return f'<img src="{escape(address)}" alt="{words}">' if address else ""


def media(name: str) -> str:
    """The address of a file of Wix's media manager, which texts name by its id."""
    return name if not name or "://" in name else f"{MEDIA}{name}"


def _link(node: Mapping[str, Any]) -> str:
    for holder, path, name in _ADDRESSES:
        said = _part(node, holder)
        if address := _at(said, path):
            words = escape(_at(said, (name,)) or address) if name else escape(address)
            return f'<p><a href="{escape(address)}">{words}</a></p>'
    return ""


def _part(node: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = node.get(name)
    return found if isinstance(found, dict) else {}


def _at(node: object, path: tuple[str, ...]) -> str:
    for name in path:
        node = node.get(name) if isinstance(node, dict) else None
    return node if isinstance(node, str) else ""
