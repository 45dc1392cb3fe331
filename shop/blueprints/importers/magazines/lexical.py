"""Lexical, the tree in which Ghost's editor keeps a text, as HTML, for posts that were never rendered."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from typing import Any

from shop.plugins.api import Refused

DEEPEST = 100
_MARKS = ((1, "strong"), (2, "em"), (4, "s"), (16, "code"), (32, "sub"), (64, "sup"))
_WRAPPERS = {
    "paragraph": "p",
    "quote": "blockquote",
    "extended-quote": "blockquote",
    "listitem": "li",
}


def as_html(written: str) -> str:
    """The text as HTML.

    Raises:
        Refused: it is no such tree, or nested too deeply.
    """
    try:
        root = json.loads(written).get("root")
    except (ValueError, AttributeError, RecursionError):
        raise Refused("its text can’t be read") from None
    return _node(root, DEEPEST) if isinstance(root, dict) else ""


def _node(node: Any, depth: int) -> str:
    if depth == 0:
        raise Refused("its text is nested too deeply")
    if not isinstance(node, dict):
        return ""
    children = node.get("children")
    inside = (
        "".join(_node(each, depth - 1) for each in children) if isinstance(children, list) else ""
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
    return _card(kind, node) or inside


def _words(node: Mapping[str, Any]) -> str:
    words, marks = _of(node, "text"), node.get("format")
    for bit, tag in _MARKS:
        if isinstance(marks, int) and marks & bit:
            words = f"<{tag}>{words}</{tag}>"
    return words


def _card(kind: str, node: Mapping[str, Any]) -> str:
    if kind == "linebreak":
        return "<br>"
    if kind == "horizontalrule":
        return "<hr>"
    if kind == "codeblock":
        return (
            f'<pre><code class="language-{_of(node, "language")}">{_of(node, "code")}</code></pre>'
        )
    if kind == "image":
        said = _raw(node, "caption")
        caption = f"<figcaption>{said}</figcaption>" if said else ""
        return f'<figure><img src="{_of(node, "src")}" alt="{_of(node, "alt")}">{caption}</figure>'
    if kind in {"html", "markdown"}:
        return _raw(node, "html") or f"<p>{_of(node, 'markdown')}</p>"
    if kind == "callout":
        return f'<div class="kg-callout-card">{_raw(node, "calloutText")}</div>'
    if kind == "toggle":
        return f"<blockquote><p>{_raw(node, 'heading')}</p>{_raw(node, 'content')}</blockquote>"
    address = _of(node, "url") or _of(node, "buttonUrl") or _of(node, "src")
    return f'<p><a href="{address}">{_of(node, "buttonText") or address}</a></p>' if address else ""


def _of(node: Mapping[str, Any], name: str) -> str:
    return escape(_raw(node, name))


def _raw(node: Mapping[str, Any], name: str) -> str:
    value = node.get(name)
    return value if isinstance(value, str) else ""
