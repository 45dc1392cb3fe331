"""Lexical, the tree in which Ghost's editor keeps a text, as HTML, for posts that were never rendered."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from html import escape
from typing import Any

from flask_babel import gettext as _
from markdown_it import MarkdownIt

from shop.plugins.api import Refused

DEEPEST = 100
_MARKS = ((1, "strong"), (2, "em"), (4, "s"), (16, "code"), (32, "sub"), (64, "sup"))
_WRAPPERS = {
    "paragraph": "p",
    "quote": "blockquote",
    "extended-quote": "blockquote",
    "listitem": "li",
}


_SAID = (
    "title", "header", "heading", "subheader", "description", "productTitle", "productDescription", "fileTitle",
    "fileCaption", "disclaimer", "textValue",
)  # fmt: skip
"""Where cards keep words."""
_SILENT = {"paywall", "root", "tab", ""}
_SHOWN = re.compile(r"\.(?:jpe?g|png|gif|webp|avif|svg)(?:\?|$)", re.IGNORECASE)


def as_html(written: str, left_out: list[str]) -> str:
    """The text as HTML; `left_out` gets the names of cards that say nothing that could be kept.

    Raises:
        Refused: it is no such tree, or nested too deeply.
    """
    try:
        root = json.loads(written).get("root")
    except (ValueError, AttributeError, RecursionError):
        raise Refused(_("its text can’t be read")) from None
    return _node(root, DEEPEST, left_out) if isinstance(root, dict) else ""


def _node(node: Any, depth: int, left_out: list[str]) -> str:
    if depth == 0:
        raise Refused(_("its text is nested too deeply"))
    if not isinstance(node, dict):
        return ""
    children = node.get("children")
    inside = (
        "".join(_node(each, depth - 1, left_out) for each in children)
        if isinstance(children, list)
        else ""
    )
    kind = str(node.get("type") or "")
    if kind in {"text", "extended-text"}:
        return _words(node)
    if kind == "aside":
        return f'<blockquote class="kg-blockquote-alt">{inside}</blockquote>'
    if kind in _WRAPPERS:
        return f"<{_WRAPPERS[kind]}>{inside}</{_WRAPPERS[kind]}>"
    if kind in {"heading", "extended-heading"}:
        level = node.get("tag") if node.get("tag") in {"h1", "h2", "h3", "h4", "h5", "h6"} else "h2"
        return f"<{level}>{inside}</{level}>"
    if kind == "list":
        name = "ol" if node.get("listType") == "number" else "ul"
        return f"<{name}>{inside}</{name}>"
    if kind in {"link", "autolink"}:
        return f'<a href="{_of(node, "url")}">{inside}</a>'
    return card_as_html(kind, node, [] if inside else left_out) or inside


def _words(node: Mapping[str, Any]) -> str:
    words, marks = _of(node, "text"), node.get("format")
    for bit, tag in _MARKS:
        if isinstance(marks, int) and marks & bit:
            words = f"<{tag}>{words}</{tag}>"
    return words


def card_as_html(kind: str, node: Mapping[str, Any], left_out: list[str]) -> str:
    """A card of either of Ghost's editors."""
    written = _card(kind, node)
    if not written and kind not in _SILENT:
        left_out.append(kind)
    return written


def _card(kind: str, node: Mapping[str, Any]) -> str:
    if kind == "linebreak":
        return "<br>"
    if kind in {"horizontalrule", "hr"}:
        return "<hr>"
    if kind in {"codeblock", "code"}:
        return (
            f'<pre><code class="language-{_of(node, "language")}">{_of(node, "code")}</code></pre>'
        )
    if kind in {"html", "markdown", "card-markdown"}:
        return _raw(node, "html") or _from_markdown(_raw(node, "markdown"))
    if kind == "callout":
        return f'<div class="kg-callout-card">{_raw(node, "calloutText")}</div>'
    if kind == "toggle":
        return f"<p><strong>{_raw(node, 'heading')}</strong></p>{_raw(node, 'content')}"
    return f"{_pictures(node)}{_words_of(node)}{_link(node)}"


def _pictures(node: Mapping[str, Any]) -> str:
    """The picture of a card, or several of a gallery."""
    several = node.get("images")
    own = [node, *(several if isinstance(several, list) else ())]
    found = []
    for each in (each for each in own if isinstance(each, dict)):
        address = _raw(each, "src") if _SHOWN.search(_raw(each, "src")) else ""
        address = address or _raw(each, "productImageSrc") or _raw(each, "backgroundImageSrc")
        if address:
            said = _raw(each, "caption")
            caption = f"<figcaption>{said}</figcaption>" if said else ""
            found.append(
                f'<figure><img src="{escape(address)}" alt="{_of(each, "alt")}">{caption}</figure>'
            )
    return "".join(found)


def _words_of(node: Mapping[str, Any]) -> str:
    """What a card says, which its editor keeps as HTML; a bookmark keeps it below `metadata`."""
    known = node.get("metadata")
    holders = [node, known if isinstance(known, dict) else {}]
    said = [_raw(each, name) for each in holders for name in _SAID]
    if not _SHOWN.search(_raw(node, "src")):
        said.append(_raw(node, "caption"))
    return "".join(f"<p>{each}</p>" for each in said if each)


def _link(node: Mapping[str, Any]) -> str:
    names = ("url", "buttonUrl", "productUrl", "src", "fileSrc")
    address = next((each for name in names if (each := _raw(node, name))), "")
    if not address or _SHOWN.search(address):
        return ""
    label = _of(node, "buttonText") or _of(node, "productButton") or escape(address)
    return f'<p><a href="{escape(address)}">{label}</a></p>'


def _from_markdown(written: str) -> str:
    """Its Markdown cards may hold HTML."""
    return str(MarkdownIt("commonmark", {"html": True}).enable("table").render(written))


def _of(node: Mapping[str, Any], name: str) -> str:
    return escape(_raw(node, name))


def _raw(node: Mapping[str, Any], name: str) -> str:
    value = node.get(name)
    return value if isinstance(value, str) else ""
