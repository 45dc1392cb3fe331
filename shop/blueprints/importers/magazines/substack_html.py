"""HTML of Substack without its widgets, and with what these keep in an attribute as elements."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _

from shop.blueprints.importers.html import conversion
from shop.plugins.api import Refused

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

_WIDGETS = (
    ".button-wrapper, .subscription-widget-wrap, .subscription-widget, form, .image-link-expand, .hide-text, "
    ".paywall-jump, .install-substack-app-embed, .poll-embed"
)
_ADDRESSES = ("url", "canonical_url", "href", "src", "link", "mediaUrl")
_WORDS = ("title", "full_text", "name", "body", "caption", "label")


def said_plainly(source: str) -> str:
    """The text as HTML that says everything by itself.

    Raises:
        Refused: it is longer than half a million characters.
    """
    if len(source) > conversion.MAX_HTML:
        raise Refused(
            _("its text has more than %(limit)s characters", limit=f"{conversion.MAX_HTML:,}")
        )
    # Imported here, because what parses HTML takes a twentieth of a start.
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(source, "html.parser")
    for widget in soup.select(_WIDGETS):
        widget.decompose()
    for quote in soup.select("div.pullquote"):
        quote.name = "blockquote"
    for number in soup.select(".footnote > a.footnote-number[id]"):
        if number.parent is not None:
            number.parent["id"] = str(number["id"])
        number.decompose()
    for empty in soup.select("[data-attrs]"):
        if (
            not empty.get_text(strip=True)
            and empty.find(["img", "iframe", "video", "audio"]) is None
        ):
            _say(soup, empty)
    return str(soup)


def _say(soup: BeautifulSoup, empty: Tag) -> None:
    """Write into an element what its attribute has, which a script shows there."""
    try:
        said = json.loads(str(empty["data-attrs"]))
    except (ValueError, RecursionError):
        return
    if not isinstance(said, dict):
        return
    if isinstance(said.get("gallery"), dict):
        _show(soup, empty, said["gallery"])
    elif formula := _first(said, ("persistentExpression",)):
        code = soup.new_tag("code")
        code.string = formula
        empty.append(code)
    elif address := _first(said, _ADDRESSES):
        paragraph, link = soup.new_tag("p"), soup.new_tag("a", attrs={"href": address})
        link.string = _first(said, _WORDS) or address
        paragraph.append(link)
        empty.append(paragraph)


def _show(soup: BeautifulSoup, empty: Tag, gallery: dict[str, Any]) -> None:
    empty["class"] = "gallery"
    for address in _addresses(gallery.get("images")):
        empty.append(soup.new_tag("img", attrs={"src": address, "alt": _first(gallery, ("alt",))}))
    if caption := _first(gallery, ("caption",)):
        below = soup.new_tag("figcaption")
        below.string = caption
        empty.append(below)


def _addresses(images: object) -> Iterator[str]:
    for each in images if isinstance(images, list) else ():
        if isinstance(each, dict) and isinstance(each.get("src"), str):
            yield each["src"]


def _first(said: dict[str, Any], names: tuple[str, ...]) -> str:
    return next((said[name].strip() for name in names if isinstance(said.get(name), str)), "")
