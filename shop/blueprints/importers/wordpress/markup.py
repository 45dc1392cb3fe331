"""A post's text as Markdown: its blocks, shortcodes and blank lines as HTML first, as WordPress would show it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from flask_babel import gettext as _

from shop.blueprints.importers.html import conversion
from shop.blueprints.importers.pictures import Pictures
from shop.blueprints.importers.wordpress.block_attributes import said_in
from shop.blueprints.importers.wordpress.builders import with_raw_html
from shop.blueprints.importers.wordpress.paragraphs import outside_code, with_paragraphs
from shop.blueprints.importers.wordpress.shortcodes import Shortcodes, with_code
from shop.plugins.api import Refused

_BLOCK = re.compile(r"\s*wp:([a-z0-9/-]{1,60})\b")
_BLOCK_END = re.compile(r"\s*/wp:(?!freeform\b)")
_REUSED = re.compile(r'<!-- wp:block \{[^{}<>]{0,200}"ref":(\d{1,15})[^{}<>]{0,200}\}\s*/?-->')
_BLANK_LINE = re.compile(r"\n[ \t]*\n\s*")
_DRAWN_INSIDE = re.compile(
    r"([\"'])data:image/[\w.+-]{1,20};base64,[A-Za-z0-9+/=\s%]{200,}\1", re.IGNORECASE
)
MOST_NESTED = 3
_LONE_ADDRESS = re.compile(r"^[ \t]*(https?://[^\s<>\"]{1,2000})[ \t]*$", re.MULTILINE)
_FILM = re.compile(r"<(?:object|embed|iframe|video|audio)\b", re.IGNORECASE)
FOOTNOTES = "footnotes"
"""A block that is drawn by the server, from what the export has of it elsewhere."""


@dataclass(frozen=True, slots=True)
class Converted:
    """Markdown, and what differs from what WordPress would show."""

    markdown: str
    notes: tuple[str, ...]


def post_to_markdown(
    source: str,
    *,
    base: str,
    shortcodes: Shortcodes | None = None,
    pictures: Pictures | None = None,
    reusable: Mapping[int, str] | None = None,
) -> Converted:
    """An article's text as Markdown. `reusable` are the blocks that several texts share, by their numbers.

    Raises:
        Refused: as `conversion.html_to_markdown`.
    """
    shortcodes = shortcodes or Shortcodes()
    if "base64," in source:
        source, count = _DRAWN_INSIDE.subn(r"\1\1", source)
        if count:
            shortcodes.left_out.append(_("an image that is written into the text itself"))
    if len(source) > conversion.MAX_HTML:
        raise Refused(
            _(
                "its text has %(count)s characters; the limit is %(limit)s",
                count=f"{len(source):,}",
                limit=f"{conversion.MAX_HTML:,}",
            )
        )
    source = with_raw_html(_with_reused(source, reusable or {}))
    has_blocks = "<!-- wp:" in source
    source = with_code(source)
    if has_blocks:
        source = _with_loose_paragraphs(source)
    html = outside_code(source, lambda part: _without_comments(part, shortcodes))
    html = shortcodes.replace(html)
    html = outside_code(html, lambda part: _LONE_ADDRESS.sub(r'<p><a href="\1">\1</a></p>', part))
    if not has_blocks:
        html = with_paragraphs(html)
    kept_at = (pictures or Pictures()).kept_at
    markdown = conversion.html_to_markdown(html, base=base, kept_at=kept_at)
    return Converted(markdown, tuple(_notes(html, shortcodes.left_out)))


def _with_reused(source: str, reusable: Mapping[int, str]) -> str:
    """The text with the blocks that it shares with others, which may hold others in turn."""
    for _level in range(MOST_NESTED):
        if not reusable or "wp:block" not in source or len(source) > conversion.MAX_HTML:
            return source
        source = _REUSED.sub(lambda found: reusable.get(int(found[1]), found[0]), source)
    return source


def _notes(html: str, left_out: list[str]) -> Iterator[str]:
    if left_out:
        yield _("left out of its text: %(names)s", names=", ".join(dict.fromkeys(left_out)))
    if _FILM.search(html):
        yield _("films and recordings in its text are cards or links now")


def _with_loose_paragraphs(source: str) -> str:
    """The text with its blank lines outside of blocks as paragraphs: there, and in classic blocks, they are some."""
    made: list[str] = []
    depth = 0
    for outside, comment in conversion.parted_at_comments(source):
        is_loose = not depth and outside.strip()
        made.append(_with_blank_lines(outside) if is_loose else outside)
        made.append(f"<!--{comment}-->" if comment else "")
        begins = _BLOCK.match(comment)
        if begins and begins[1] != "freeform" and not comment.endswith("/"):
            depth += 1
        elif _BLOCK_END.match(comment):
            depth = max(0, depth - 1)
    return "".join(made)


def _with_blank_lines(source: str) -> str:
    return outside_code(source, lambda part: _BLANK_LINE.sub("\n<p>\n", part))


def _without_comments(source: str, shortcodes: Shortcodes) -> str:
    """Blocks are marked by comments; one that ends in `/-->` was drawn by the server, and says all in itself."""
    kept: list[str] = []
    for outside, comment in conversion.parted_at_comments(source):
        kept.append(outside)
        block = _BLOCK.match(comment)
        if block and comment.endswith("/") and block[1] != FOOTNOTES:
            said = said_in(comment, shortcodes.pictures)
            kept.append(said)
            if not said:
                shortcodes.left_out.append(f"the block {block[1]}")
    return "".join(kept)
