"""What WordPress does to a text before it is HTML: shortcodes, blocks, and paragraphs made of blank lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from shop.blueprints.importers import conversion
from shop.core.errors import Refused

# A bracket never holds another, so that each pattern passes over a text once.
_SHORTCODE = re.compile(
    r"\[(/?)(gallery|caption|wp_caption|audio|video|playlist|embed|contact-form|polldaddy)\b([^\[\]]*)\]",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"https?://[^\s\"'\[\]<>]{1,2000}")
_BLOCK = re.compile(r"\s*wp:([a-z0-9/-]{1,60})\b")
_LONE_ADDRESS = re.compile(r"^[ \t]*(https?://[^\s<>\"]{1,2000})[ \t]*$", re.MULTILINE)
_PRE = re.compile(r"(<(?:pre|code)\b|</(?:pre|code)>)", re.IGNORECASE)
_EDGE_TAG = re.compile(r"</?([a-z][a-z0-9]*)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Converted:
    """Markdown, and what could not be said in it."""

    markdown: str
    left_out: tuple[str, ...]


def post_to_markdown(source: str, *, base: str) -> Converted:
    """An article's text as Markdown.

    Raises:
        Refused: as `conversion.to_markdown`.
    """
    if len(source) > conversion.MAX_HTML:
        raise Refused(
            f"its text has {len(source):,} characters; the limit is {conversion.MAX_HTML:,}"
        )
    has_blocks = "<!-- wp:" in source
    left_out: list[str] = []
    html = _without_comments(source, left_out)
    html = _LONE_ADDRESS.sub(r'<a href="\1">\1</a>', _without_shortcodes(html, left_out))
    if not has_blocks:
        html = with_paragraphs(html)
    return Converted(conversion.html_to_markdown(html, base=base), tuple(dict.fromkeys(left_out)))


def _without_comments(source: str, left_out: list[str]) -> str:
    """Blocks are marked by comments; one that ends in `/-->` was drawn by the server and has no text."""
    kept: list[str] = []
    for outside, comment in _split(source):
        kept.append(outside)
        block = _BLOCK.match(comment)
        if block and comment.endswith("/"):
            left_out.append(f"the block {block[1]}")
    return "".join(kept)


def _split(source: str) -> Iterator[tuple[str, str]]:
    place = 0
    while True:
        start = source.find("<!--", place)
        end = source.find("-->", start + 4) if start >= 0 else -1
        if end < 0:
            yield source[place:], ""
            return
        yield source[place:start], source[start + 4 : end]
        place = end + 3


def _without_shortcodes(html: str, left_out: list[str]) -> str:
    def replace(found: re.Match[str]) -> str:
        is_end, name, arguments = found[1], found[2].lower(), found[3]
        if name in {"caption", "wp_caption"}:
            return "</p>" if is_end else "<p>"
        address = _ADDRESS.search(arguments)
        if address is not None and not is_end:
            return f'<p><a href="{address[0]}">{address[0]}</a></p>'
        if not is_end and name != "embed":
            left_out.append(f"the shortcode [{name}]")
        return ""

    return _SHORTCODE.sub(replace, html)


def with_paragraphs(html: str) -> str:
    """Blank lines as paragraphs and single line ends as line breaks, as WordPress shows a classic text."""
    parts = _PRE.split(html.replace("\r\n", "\n").replace("\r", "\n"))
    made: list[str] = []
    is_pre = False
    for part in parts:
        if _PRE.fullmatch(part):
            is_pre = not part.startswith("</")
            made.append(part)
        else:
            made.append(part if is_pre else _paragraphs(part))
    return "".join(made)


def _paragraphs(part: str) -> str:
    lines = part.split("\n")
    made: list[str] = []
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        made.append(line)
        if not line.strip():
            made.append("\n<p>\n")
        elif following.strip() and not _ends_in_block(line) and not _begins_with_block(following):
            made.append("<br>\n")
        else:
            made.append("\n")
    if lines[-1].strip():  # code inside a line may follow
        made.pop()
    return "".join(made)


def _begins_with_block(line: str) -> bool:
    tag = _EDGE_TAG.match(line.lstrip())
    return tag is not None and (conversion.is_block(tag[1].lower()) or tag[1].lower() == "br")


def _ends_in_block(line: str) -> bool:
    stripped = line.rstrip()
    if not stripped.endswith(">"):
        return False
    tag = _EDGE_TAG.match(stripped, stripped.rfind("<"))
    return tag is not None and (conversion.is_block(tag[1].lower()) or tag[1].lower() == "br")
