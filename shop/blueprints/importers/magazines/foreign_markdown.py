"""Markdown of other systems as ours: HTML inside it, pictures and links that name a file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from shop.blueprints.importers.html import conversion, emphasis

_FENCE = re.compile(r"[ \t]{0,12}(`{3,}|~{3,})(.*)")
_EMPTY_LINES = re.compile(r"(\n[ \t]*\n)")
_HTML_BLOCK = re.compile(r"[ ]{0,3}<([a-z][a-z0-9]*)\b", re.IGNORECASE)
_WHOLE = {"blockquote", "dl", "figure", "iframe", "ol", "pre", "table", "ul", "video"}
"""Blocks of HTML that go on behind an empty line, until they end."""
_UNSEEN = ("script", "style")
_CODE_IN_LINE = re.compile(r"(`{1,3})[^`]{1,2000}\1")
_TAG = re.compile(
    r"</?(a|b|i|u|s|p|br|em|img|div|del|ins|kbd|sub|sup|code|font|mark|span|abbr|small|strong|strike|center|details"
    r"|summary|section|figure|figcaption|picture|source|hr|wbr|nobr|big|cite|article|aside)\b([^<>]{0,1000})>",
    re.IGNORECASE,
)
_SIGNS = {
    "b": "**", "strong": "**", "i": "*", "em": "*", "code": "`", "kbd": "`", "del": "~~", "s": "~~",
    "strike": "~~", "summary": "**",
}  # fmt: skip
_PAIR = re.compile(
    r"<(b|strong|i|em|s|del|strike)\b[^<>]{0,300}>([^<>]{0,5000}?)</\1>", re.IGNORECASE
)
_LONE = re.compile(r"</?(b|strong|i|em|s|del|strike)\b[^<>]{0,300}>", re.IGNORECASE)
MOST_NESTED = 4
_EMBEDDED = re.compile(
    r"<(iframe|video|audio|object)\b[^<>]{0,2000}>(?:(?!</?\1\b).){0,2000}</\1>",
    re.IGNORECASE | re.DOTALL,
)
_RAISED = re.compile(r"<(su[bp])>[^<>\n]{1,40}</\1>", re.IGNORECASE)
_LINE_BREAK = re.compile(r"[ \t]*<br\b[^<>]{0,50}>[ \t]*\n?", re.IGNORECASE)
_SAID = re.compile(r"\b(href|src|alt)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.IGNORECASE)
_LINK = re.compile(
    r"(!?)\[((?:[^\[\]\\\n]|\\.|!?\[[^\[\]\n]{0,300}\](?:\([^()\s]{0,500}\))?){0,1000})\]"
    r"\([ ]*(<[^<>\n]{0,1000}>|[^\s()<>]{1,1000}(?:\([^\s()]{0,200}\)[^\s()]{0,500})?)"
    r"([ ]+(?:\"[^\"\n]{0,1000}\"|'[^'\n]{0,1000}'))?[ ]*\)"
)
_DEFINED = re.compile(
    r"^([ ]{0,3}\[[^\[\]\n]{1,300}\]:[ ]*)(<[^<>\n]{1,1000}>|\S{1,1000})", re.MULTILINE
)
_OTHER_SITE = re.compile(r"[a-z][a-z0-9+.-]*:|//|#", re.IGNORECASE)


def outside_fences(body: str, change: Callable[[str], str]) -> str:
    """The text with everything outside blocks of code changed."""
    made: list[str] = []
    waiting: list[str] = []
    fence = ""
    for line in body.splitlines(keepends=True):
        found = _FENCE.match(line)
        if not fence and found and "`" not in found[2]:
            made.append(change("".join(waiting)))
            waiting, fence = [line], found[1]
        elif fence and found and found[1].startswith(fence) and not found[2].strip():
            made += [*waiting, line]
            waiting, fence = [], ""
        else:
            waiting.append(line)
    rest = "".join(waiting)
    return "".join([*made, rest if fence else change(rest)])


def with_plain_html(body: str, kept_at: Callable[[str], str] = lambda _address: "") -> str:
    """Markdown in which HTML is Markdown too: our pages show no HTML of a text."""
    return outside_fences(body, lambda part: "".join(_without_html(part, kept_at)))


def _without_html(part: str, kept_at: Callable[[str], str]) -> Iterator[str]:
    plain = "".join(outside for outside, _ in conversion.parted_at_comments(part))
    for name in _UNSEEN:
        plain = _without_element(plain, name)
    pieces = iter(_EMPTY_LINES.split(plain))
    for piece in pieces:
        begun = _HTML_BLOCK.match(piece)
        if not begun or "://" in piece[:12]:
            yield _without_inline(piece, kept_at)
            continue
        name = begun[1].lower()
        more: str | None = piece
        depth = 0
        block = []
        while more is not None:
            block.append(more)
            depth += _opened(more, name)
            more = next(pieces, None) if name in _WHOLE and depth > 0 else None
        piece = "".join(block)
        is_block = conversion.is_block(name) or name in {
            "iframe",
            "img",
            "object",
            "video",
            "audio",
        }
        yield (
            conversion.html_to_markdown(piece, kept_at=kept_at)
            if is_block
            else _without_inline(piece, kept_at)
        )


def _opened(piece: str, name: str) -> int:
    """How many elements of a name begin in a piece and do not end in it."""
    lower = piece.lower()
    return lower.count(f"<{name}") - lower.count(f"</{name}")


def _without_element(part: str, name: str) -> str:
    lower, made, place = part.lower(), [], 0
    while (start := lower.find(f"<{name}", place)) >= 0:
        end = lower.find(f"</{name}>", start)
        if end < 0:
            break
        made.append(part[place:start])
        place = end + len(name) + 3
    return "".join([*made, part[place:]])


def _without_inline(piece: str, kept_at: Callable[[str], str]) -> str:
    """A paragraph with what its tags mean in signs of Markdown; code stays as it is."""
    if "<" not in piece:
        return piece
    made, place = [], 0
    links: list[str] = []
    for code in _CODE_IN_LINE.finditer(piece):
        made += [_with_signs(piece[place : code.start()], links, kept_at), code[0]]
        place = code.end()
    return "".join([*made, _with_signs(piece[place:], links, kept_at)])


def _with_signs(part: str, links: list[str], kept_at: Callable[[str], str]) -> str:
    part = _RAISED.sub(lambda found: conversion.html_to_markdown(found[0]), part)
    part = _LINE_BREAK.sub(" " if "|" in part else "\\\\\n", part)
    part = _with_emphasis(_EMBEDDED.sub(_shown_in_line, part))

    def sign(found: re.Match[str]) -> str:
        name, is_end = found[1].lower(), found[0].startswith("</")
        said = {
            each[1].lower(): each[2] or each[3] or each[4] or ""
            for each in _SAID.finditer(found[2])
        }
        if name == "a":
            return _link_sign(links, said.get("href", ""), is_end=is_end)
        if name == "img":
            return picture(said.get("src", ""), said.get("alt", ""), kept_at)
        return _SIGNS.get(name, "")

    return _TAG.sub(sign, part)


def _shown_in_line(found: re.Match[str]) -> str:
    written = conversion.html_to_markdown(found[0])
    return f"\n\n{written}\n\n" if written.startswith("::") else written


def _with_emphasis(part: str) -> str:
    """Text with signs for what stands between two tags; a tag that no other one ends is nothing."""

    def marked(found: re.Match[str]) -> str:
        before, after = found.string[: found.start()][-1:], found.string[found.end() :][:1]
        return emphasis.signed(found[2], _SIGNS[found[1].lower()], before, after)

    for _level in range(MOST_NESTED):
        part, count = _PAIR.subn(marked, part)
        if not count:
            break
    names = {each.lower() for each in _LONE.findall(part)}
    odd = {
        name
        for name in names
        if len(re.findall(rf"<{name}\b", part, re.IGNORECASE)) != part.lower().count(f"</{name}>")
    }
    return _LONE.sub(lambda found: "" if found[1].lower() in odd else found[0], part)


def picture(address: str, alt: str, kept_at: Callable[[str], str]) -> str:
    """A picture where it is kept here, else a link to it."""
    kept = kept_at(address) if address else ""
    if kept:
        return f"![{alt}]({kept})"
    return f"[{alt or 'Picture'}]({fit_address(address)})" if address else alt


def _link_sign(links: list[str], address: str, *, is_end: bool) -> str:
    if not is_end:
        links.append(address)
        return "[" if address else ""
    opened = links.pop() if links else ""
    return f"]({fit_address(opened)})" if opened else ""


def fit_address(address: str) -> str:
    """An address as Markdown takes it."""
    return f"<{address}>" if re.search(r"[\s()]", address) else address


def with_files(body: str, page_of: Callable[[str], str], picture_at: Callable[[str], str]) -> str:
    """Markdown whose pictures are kept here, and whose links to files lead to the pages of these.

    Args:
        page_of: the address of the page that was made of a file, empty where there is none.
        picture_at: where a picture is kept here, empty where it is not: then it becomes a link.
    """

    def led(found: re.Match[str]) -> str:
        address, title = found[3].strip("<>"), found[4] or ""
        if found[1]:
            kept = picture_at(address)
            return (
                f"![{found[2]}]({kept}{title})"
                if kept
                else f"[{found[2] or 'Picture'}]({fit_address(address)})"
            )
        words = _LINK.sub(led, found[2]) if "![" in found[2] else found[2]
        if words.startswith("![") and picture_at(address):
            return words  # it led to the same picture
        return f"[{words}]({_page(address, page_of) or fit_address(address)}{title})"

    def defined(found: re.Match[str]) -> str:
        address = found[2].strip("<>")
        return f"{found[1]}{picture_at(address) or _page(address, page_of) or found[2]}"

    return outside_fences(body, lambda part: _DEFINED.sub(defined, _LINK.sub(led, part)))


def _page(address: str, page_of: Callable[[str], str]) -> str:
    file, sign, heading = address.partition("#")
    is_here = file and not _OTHER_SITE.match(file)
    known = page_of(file) if is_here else ""
    return f"{known}{sign}{heading}" if known else ""
