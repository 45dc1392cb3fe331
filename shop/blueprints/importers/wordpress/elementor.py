"""Elementor, which keeps a page as a tree of widgets beside the post, and sometimes leaves the post itself empty.

The tree is `_elementor_data`: a list of elements with `elements` below them, and of widgets with their `settings`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from shop.blueprints.importers.wordpress.arguments import says_words, words_as_html

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
_LINKS = ("link", "button_link", "url")
_LABELS = ("button_text", "button", "link_text", "text")
_SIDE = re.compile(r"_[ab]$")
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
    link = next((to for name in _LINKS if (to := _address(said.get(name)))), "")
    label = next((name for name in _LABELS if link and _said(said, name)), "")
    titles = [escape(_said(said, name)) for name in _TITLES if _said(said, name)]
    size = _said(said, "header_size")
    tag = size if size in {"h1", "h2", "h3", "h4", "h5", "h6"} else "h3"
    has_picture = any(_address(said.get(name)) for name in _PICTURES)
    plain = [
        escape(_said(said, name))
        for name in _PLAIN
        if _said(said, name) and name != label and not (has_picture and name == "caption")
    ]
    if titles and link and not label and not plain:
        titles[0], link = f'<a href="{escape(link)}">{titles[0]}</a>', ""
    yield from (f"<{tag}>{each}</{tag}>" for each in titles)
    yield from (f"<div>{_said(said, name)}</div>" for name in _HTML if _said(said, name))
    if link:
        words = escape(_said(said, label)) if label else plain.pop() if plain else escape(link)
        plain.append(f'<a href="{escape(link)}">{words}</a>')
    yield from (f"<p>{each}</p>" for each in plain)
    yield from _further_words(said, label)
    for name in _FILMS:
        if film := _address(said.get(name)):
            yield f'<p><a href="{escape(film)}">{escape(film)}</a></p>'
    for rows in (each for each in said.values() if isinstance(each, list) and depth):
        for row in (each for each in rows if isinstance(each, dict)):
            is_picture = set(row) <= {"id", "url", "alt", "size", "source"} and _address(row)
            yield from (_picture(row, row),) if is_picture else _widget(row, depth - 1)


def _further_words(said: Mapping[str, Any], label: str) -> Iterator[str]:
    """What settings of other names say: packages of widgets have their own, and sides are called `title_text_a`."""
    if "form_fields" in said:
        return
    known = {*_TITLES, *_HTML, *_PLAIN, label}
    for name, value in said.items():
        plain = _SIDE.sub("", name)
        if name not in known and isinstance(value, str) and says_words(plain, value):
            yield f"<p>{words_as_html(value)}</p>"


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
