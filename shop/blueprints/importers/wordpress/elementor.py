"""Elementor, which keeps a page as a tree of widgets beside the post, and sometimes leaves the post itself empty.

The tree is `_elementor_data`: a list of elements with `elements` below them, and of widgets with their `settings`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

LONGEST = 2_000_000
DEEPEST = 40
_TITLES = ("title", "title_text", "heading", "tab_title", "item_title", "alert_title", "question")
_HTML = (
    "editor", "content", "tab_content", "html", "shortcode", "description_text", "description", "alert_description",
    "testimonial_content", "blockquote_content", "answer", "item_description",
)  # fmt: skip
_PLAIN = (
    "sub_heading", "before_text", "highlighted_text", "after_text", "text", "caption", "testimonial_name",
    "testimonial_job", "tweet_button_label", "author_name", "price", "period",
)  # fmt: skip
_PICTURES = ("image", "testimonial_image", "selected_image", "photo")
_FILMS = ("youtube_url", "vimeo_url", "dailymotion_url", "external_url", "hosted_url")
_WORD = re.compile(r"\w+")
_TAG = re.compile(r"<[^<>]*>")


def with_elementor(content: str, written: str) -> str:
    """The text of a post: that of its widgets where they say more than the post does."""
    if not written or len(written) > LONGEST:
        return content
    try:
        tree = json.loads(written)
    except (ValueError, RecursionError):
        return content
    drawn = "".join(_elements(tree, DEEPEST))
    return drawn if _length(drawn) > _length(content) else content


def _length(html: str) -> int:
    return len(_WORD.findall(_TAG.sub(" ", html)))


def _elements(elements: Any, depth: int) -> Iterator[str]:
    for each in elements if isinstance(elements, list) and depth else ():
        if isinstance(each, dict):
            settings = each.get("settings")
            if each.get("widgetType") and isinstance(settings, dict):
                yield from _widget(settings, 3)
            yield from _elements(each.get("elements"), depth - 1)


def _widget(said: Mapping[str, Any], depth: int) -> Iterator[str]:
    """What a widget shows: pictures, words, a link, and the rows of its lists, which look like widgets."""
    yield from (_picture(said[name], said) for name in _PICTURES if _address(said.get(name)))
    link = _address(said.get("link"))
    titles = [escape(_said(said, name)) for name in _TITLES if _said(said, name)]
    size = _said(said, "header_size")
    tag = size if size in {"h1", "h2", "h3", "h4", "h5", "h6"} else "h3"
    yield from (f"<{tag}>{each}</{tag}>" for each in titles)
    yield from (f"<div>{_said(said, name)}</div>" for name in _HTML if _said(said, name))
    has_picture = any(_address(said.get(name)) for name in _PICTURES)
    plain = [
        escape(_said(said, name))
        for name in _PLAIN
        if _said(said, name) and not (has_picture and name == "caption")
    ]
    if link:
        label = plain.pop() if plain else escape(link)
        plain.append(f'<a href="{escape(link)}">{label}</a>')
    yield from (f"<p>{each}</p>" for each in plain)
    for name in _FILMS:
        if film := _address(said.get(name)):
            yield f'<p><a href="{escape(film)}">{escape(film)}</a></p>'
    for rows in (each for each in said.values() if isinstance(each, list) and depth):
        for row in (each for each in rows if isinstance(each, dict)):
            is_picture = set(row) <= {"id", "url", "alt", "size", "source"} and _address(row)
            yield from (_picture(row, row),) if is_picture else _widget(row, depth - 1)


def _picture(value: Any, said: Mapping[str, Any]) -> str:
    alt = value.get("alt") if isinstance(value, dict) else ""
    shown = escape(alt if isinstance(alt, str) else "")
    caption = escape(_said(said, "caption"))
    told = f"<figcaption>{caption}</figcaption>" if caption else ""
    return f'<figure><img src="{escape(_address(value))}" alt="{shown}">{told}</figure>'


def _said(said: Mapping[str, Any], name: str) -> str:
    value = said.get(name)
    return value.strip() if isinstance(value, str) else ""


def _address(value: Any) -> str:
    address = value.get("url") if isinstance(value, dict) else value
    is_one = isinstance(address, str) and address.startswith(
        ("http://", "https://", "/", "mailto:")
    )
    return str(address) if is_one else ""
