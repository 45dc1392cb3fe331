"""Page builders, such as WPBakery and Divi, which keep words and pictures in the arguments of shortcodes and blocks.

What an argument says becomes HTML in the place of the shortcode, so that no word is lost with it.
"""

from __future__ import annotations

import base64
import binascii
import html
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from shop.blueprints.importers.wordpress.arguments import (
    GROUP,
    PACKED,
    is_picture,
    names_picture,
    says_words,
    spoken_words,
    words_as_html,
)

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
    "us_",
    "kc_",
    "mkdf_",
    "qodef_",
    "eltdf_",
    "edgtf_",
    "td_block_",
    "vcex_",
    "woodmart_",
    "porto_",
    "trx_",
    "stm_",
    "bt_bb_",
    "ultimate_",
    "ult_",
    "bsf-",
    "info_list",
    "dipl_",
    "dipi_",
)
_OTHERS = frozenset(
    {"accordion", "button", "cta", "heading", "pricing", "spoiler", "tab", "testimonial", "toggle"}
)
_SAID = re.compile(r"([\w-]{1,60})\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_PLACES = re.compile(r".*(?:divider|empty_space|separator|spacer|clear|gap)")
"""Shortcodes that show a line or a distance."""
_BUTTON = re.compile(r"button|btn|cta")
_LINK = re.compile(r"(?:(.{1,40})_)?(?:url|link|href)")
_LABELS = (
    "button_text", "btn_text", "btn_title", "link_text", "link_title", "text", "title", "label", "heading",
)  # fmt: skip
_FILM = re.compile(r"video|audio|embed")
_RAW = re.compile(r"\[vc_raw_html[^\[\]]*\]([A-Za-z0-9+/=\s]{0,400000})\[/vc_raw_html\]")


def only_places(name: str) -> bool:
    """Whether a builder's shortcode of this name shows a line or a distance, and nothing else."""
    return bool(_PLACES.fullmatch(name))


def is_builders(name: str) -> bool:
    """Whether a shortcode of this name is a page builder's."""
    return name.startswith(_PREFIXES) or name in _OTHERS


def with_raw_html(source: str) -> str:
    """The text with the HTML that WPBakery keeps as base64 in clear."""
    return _RAW.sub(lambda found: _decoded(found[1]), source)


def said_by(name: str, arguments: str, pictures: Mapping[int, str], *, holds_words: bool) -> str:
    """The words, links and pictures of a builder's shortcode, as HTML; empty where it only places other things.

    `pictures` are the addresses of the site's attachments, by their numbers; `holds_words` says that words stand
    between its brackets, which a button leads from.
    """
    said = {found[1].lower(): found[2] or found[3] or "" for found in _SAID.finditer(arguments)}
    if holds_words and _BUTTON.search(name) and not any(said.get(key) for key in _LABELS):
        link = next((to for key in said if (to := _address(said, key))), "")
        return f'<a href="{html.escape(link)}">' if link else ""
    return "".join(_parts(name, said, pictures))


def said_after(name: str) -> str:
    """What stands at the end of a builder's shortcode: of a button perhaps a link."""
    return "</a>" if _BUTTON.search(name) else ""


def _parts(name: str, said: Mapping[str, str], pictures: Mapping[int, str]) -> Iterator[str]:
    links = dict(_links(name, said))
    shown = list(_shown(name, said, pictures))
    around = links.pop("")[1] if shown and links.get("", ("?", ""))[0] == "" else ""
    yield _drawn(shown, spoken_words(said.get("alt", "")), around)
    leads = {label: to for label, to in links.values() if label}
    tag = "h2" if name.endswith("heading") else "p"
    for key, value in said.items():
        if key in leads:
            to = html.escape(leads[key])
            yield f'<{tag}><a href="{to}">{words_as_html(spoken_words(value))}</a></{tag}>'
        elif says_words(key, value):
            yield f"<{tag}>{words_as_html(spoken_words(value))}</{tag}>"
        elif value.startswith(GROUP):
            for row in _rows(value):
                yield from _parts(name, row, pictures)
        elif value.startswith(PACKED):
            yield _decoded(value.removeprefix(PACKED))
    for prefix, (label, to) in links.items():
        if not label:
            shown_as = prefix.replace("_", " ").capitalize() if prefix else to
            yield f'<p><a href="{html.escape(to)}">{html.escape(shown_as)}</a></p>'


def _drawn(shown: list[str], alt: str, around: str) -> str:
    """Pictures as HTML, several as a gallery; one may lead somewhere."""
    drawn = [f'<img src="{html.escape(each)}" alt="{html.escape(alt)}">' for each in shown]
    if len(drawn) > 1:
        return f'<ul class="gallery">{"".join(f"<li>{each}</li>" for each in drawn)}</ul>'
    linked = [f'<a href="{html.escape(around)}">{each}</a>' if around else each for each in drawn]
    return "".join(f"<figure>{each}</figure>" for each in linked)


def _links(name: str, said: Mapping[str, str]) -> Iterator[tuple[str, tuple[str, str]]]:
    """Each link of a shortcode by the beginning of its argument: what says its words, which may be empty, and where it
    leads."""
    for key in said:
        found = _LINK.fullmatch(key)
        is_film = key == "src" and _FILM.search(name)
        if found is None and not is_film:
            continue
        address = _address(said, key)
        if not address or (names_picture(key) and not is_film):
            continue
        prefix = (found[1] or "") if found else ""
        wanted = (
            _LABELS
            if prefix in {"", "link", "button", "btn"}
            else (f"{prefix}_text", f"{prefix}_title", f"{prefix}_label")
        )
        yield (
            prefix,
            (next((each for each in wanted if spoken_words(said.get(each, ""))), ""), address),
        )


def _address(said: Mapping[str, str], key: str) -> str:
    """Where it leads: an address, or the parts of WPBakery, such as `url:https%3A%2F%2Fa.example|title:Buy`, or
    those of Enfold, `manually,https://a.example`."""
    value = said[key]
    if value.startswith("url:"):
        value = unquote(value.removeprefix("url:").split("|")[0])
    value = value.removeprefix("manually,")
    return value if value.startswith(("http://", "https://", "/", "mailto:")) else ""


def _shown(name: str, said: Mapping[str, str], pictures: Mapping[int, str]) -> Iterator[str]:
    for key, value in said.items():
        is_slide = key == "background_image" and "slide" in name
        if not (is_slide or names_picture(key)):
            continue
        if is_picture(value):
            yield value
        elif re.fullmatch(r"[\d,\s]{1,400}", value):
            numbers = map(int, re.findall(r"\d{1,15}", value))
            yield from (pictures[number] for number in numbers if number in pictures)


def _rows(value: str) -> Iterator[dict[str, str]]:
    """The rows of a list that WPBakery keeps in one argument."""
    try:
        rows: Any = json.loads(unquote(value))
    except (ValueError, RecursionError):
        return
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, dict):
            yield {str(key): said for key, said in row.items() if isinstance(said, str)}


def _decoded(written: str) -> str:
    try:
        return unquote(base64.b64decode(written, validate=False).decode("utf-8", "replace"))
    except (binascii.Error, ValueError):
        return ""
