"""Page builders, such as WPBakery and Divi, which keep words and pictures in the arguments of shortcodes.

What an argument says becomes HTML in the place of the shortcode, so that no word is lost with it.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
from collections.abc import Mapping
from urllib.parse import unquote

_PREFIXES = (
    "vc_",
    "et_pb_",
    "fusion_",
    "av_",
    "su_",
    "mk_",
    "dt_",
    "nectar_",
    "cs_",
    "x_",
    "themify_",
    "tatsu_",
)
_OTHERS = frozenset(
    {"accordion", "button", "cta", "heading", "pricing", "spoiler", "tab", "testimonial", "toggle"}
)
_SAID = re.compile(r"([\w-]{1,40})\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_WORDS = (
    "title", "heading", "header", "question", "subtitle", "subheading", "text", "content", "description", "quote",
    "author", "job_title", "price", "label",
)  # fmt: skip
_BUTTON = re.compile(r"button|btn|cta")
_FILM = re.compile(r"video|audio|embed")
_LINKS = ("button_url", "link", "url", "href")
_PICTURES = ("src", "image_url", "image", "images", "img")
_NO_WORDS = re.compile(
    r"[\d.,%#-]*|h[1-6]|on|off|yes|no|true|false|left|right|center|light|dark|none|default|custom|\S+://\S*",
    re.IGNORECASE,
)
_PICTURE = re.compile(r"https?://\S+\.(?:jpe?g|png|gif|webp|avif)(?:\?\S*)?", re.IGNORECASE)
_RAW = re.compile(r"\[vc_raw_html[^\[\]]*\]([A-Za-z0-9+/=\s]{0,400000})\[/vc_raw_html\]")


def is_builders(name: str) -> bool:
    """Whether a shortcode of this name is a page builder's."""
    return name.startswith(_PREFIXES) or name in _OTHERS


def with_raw_html(source: str) -> str:
    """The text with the HTML that WPBakery keeps as base64 in clear."""
    return _RAW.sub(lambda found: _decoded(found[1]), source)


def said_by(name: str, arguments: str, pictures: Mapping[int, str]) -> str:
    """The words, links and pictures of a builder's shortcode, as HTML; empty where it only places other things.

    `pictures` are the addresses of the site's attachments, by their numbers.
    """
    said = {found[1].lower(): found[2] or found[3] or "" for found in _SAID.finditer(arguments)}
    words = [each for key in _WORDS if (each := _words(said.get(key, "")))]
    link = _link_of(said) if _BUTTON.search(name) or "button_text" in said else ""
    film = said.get("src", "") if _FILM.search(name) else ""
    link = link or (film if film.startswith(("http://", "https://")) else "")
    label = (
        (_words(said.get("button_text", "")) or (words.pop() if words else link)) if link else ""
    )
    tag = "h2" if name.endswith("heading") else "p"
    return "".join(
        [
            *(
                f'<figure><img src="{_safe(each)}" alt=""></figure>'
                for each in _shown(said, pictures)
            ),
            *(f"<{tag}>{_safe(each)}</{tag}>" for each in words),
            f'<p><a href="{_safe(link)}">{_safe(label)}</a></p>' if link else "",
        ]
    )


_safe = html.escape


def _words(value: str) -> str:
    words = " ".join(
        html.unescape(value).replace("%22", '"').replace("%91", "[").replace("%93", "]").split()
    )
    return "" if _NO_WORDS.fullmatch(words) else words


def _link_of(said: Mapping[str, str]) -> str:
    """Where it leads: an address, or the parts of WPBakery, such as `url:https%3A%2F%2Fa.example|title:Buy`."""
    for key in _LINKS:
        value = said.get(key, "")
        if value.startswith("url:"):
            value = unquote(value.removeprefix("url:").split("|")[0])
        if value.startswith(("http://", "https://", "/", "mailto:")):
            return value
    return ""


def _shown(said: Mapping[str, str], pictures: Mapping[int, str]) -> list[str]:
    found: list[str] = []
    for key in _PICTURES:
        value = said.get(key, "")
        if _PICTURE.fullmatch(value):
            found.append(value)
        elif re.fullmatch(r"[\d,\s]{1,400}", value):
            numbers = map(int, re.findall(r"\d{1,15}", value))
            found += [pictures[number] for number in numbers if number in pictures]
    return found


def _decoded(written: str) -> str:
    try:
        return unquote(base64.b64decode(written, validate=False).decode("utf-8", "replace"))
    except (binascii.Error, ValueError):
        return ""
