"""What site generators replace in a text: Jekyll's Liquid tags and Hugo's shortcodes."""

from __future__ import annotations

import re
from collections.abc import Callable

from shop.blueprints.importers.html import conversion

_FENCED = re.compile(r"^(?:```|~~~)[^\n]*\n.*?^(?:```|~~~)[ \t]*$", re.MULTILINE | re.DOTALL)
_TAG = re.compile(
    r"\{%-?\s*(/?)([a-z_]{1,40})\b([^%{}]{0,500})-?%\}|\{\{[<%]\s*(/?)([\w-]{1,40})\b([^{}]{0,500})[>%]\}\}"
)
_VALUE = re.compile(r"\{\{-?[^{}<%]{0,300}-?\}\}")
_EDGE = "\ue000"
"""Where code begins or ends: one line end is there, whether the tag had one or not."""
_AT_EDGE = re.compile(rf"\n?{_EDGE}\n?")
_FILMS = {"youtube": "https://www.youtube.com/watch?v=", "vimeo": "https://vimeo.com/"}
_WORD = re.compile(r"[\"']?([\w-]{3,30})[\"']?")
_SAID = re.compile(r"([\w-]{1,30})\s*=\s*(?:[\"']([^\"'{}]{0,500})[\"']|([^\s\"'{}]{1,500}))")
_DATED = re.compile(r"(\d{4})-(\d\d)-(\d\d)-(.+)")
_HTML_BLOCK = re.compile(r"^<(?:[a-z][a-z0-9]*)\b", re.IGNORECASE)


def without_tags(body: str) -> tuple[str, tuple[str, ...]]:
    """The text with code and films kept and all other tags left out, and notes on those."""
    left_out: list[str] = []

    def replaced(found: re.Match[str]) -> str:
        is_end, name = bool(found[1] or found[4]), (found[2] or found[5]).lower()
        arguments = (found[3] or found[6] or "").strip()
        if name in {"highlight", "endhighlight"}:
            if is_end or name == "endhighlight":
                return f"{_EDGE}```\n"
            return f"\n```{arguments.split()[0] if arguments else ''}{_EDGE}"
        if name in {"raw", "endraw"} or is_end or name.startswith("end"):
            return ""
        film = _WORD.search(arguments.removeprefix("id="))
        if name in _FILMS and film:
            return f"\n<{_FILMS[name]}{film[1]}>\n"
        said = {each[1]: each[2] or each[3] or "" for each in _SAID.finditer(arguments)}
        if name in {"figure", "img", "image", "include"} and _picture_of(said):
            return _figure(said)
        if name in {"ref", "relref", "link", "post_url"}:
            return _address(name, arguments)
        left_out.append(name)
        return ""

    def changed(part: str) -> str:
        return _AT_EDGE.sub("\n", _VALUE.sub("", _TAG.sub(replaced, part)))

    kept = _outside_fences(body, changed)
    names = ", ".join(dict.fromkeys(left_out))
    return kept, (f"left out of its text: {names}",) if names else ()


def _picture_of(said: dict[str, str]) -> str:
    return next((said[key] for key in ("src", "url", "image", "file", "path") if said.get(key)), "")


def _figure(said: dict[str, str]) -> str:
    """A picture with its caption."""
    address, caption = _picture_of(said), said.get("caption") or said.get("title") or ""
    alt = re.sub(r"[\[\]]", "", said.get("alt", ""))
    words = caption.replace('"', "”")
    title = f' "{words}"' if words else ""
    return f"\n\n![{alt}](<{address}>{title})\n\n"


def _address(name: str, arguments: str) -> str:
    """Where a page was that is named by its file, so that the link to it can be followed to where it is now."""
    file = arguments.strip("\"' ").removesuffix(".md").removesuffix("/index").lstrip("/")
    if name in {"post_url", "link"} and (dated := _DATED.match(file.rpartition("/")[2])):
        return f"/{dated[1]}/{dated[2]}/{dated[3]}/{dated[4]}.html"
    return f"/{file}/" if file else ""


def with_plain_html(body: str) -> str:
    """Markdown in which blocks of HTML are Markdown too: our pages show no HTML of a text."""
    return _outside_fences(body, _blocks)


def _blocks(part: str) -> str:
    plain = "".join(outside for outside, _ in conversion.parted_at_comments(part))
    pieces = re.split(r"(\n[ \t]*\n)", plain)
    return "".join(
        conversion.html_to_markdown(piece)
        if _HTML_BLOCK.match(piece) and "://" not in piece[:12]
        else piece
        for piece in pieces
    )


def _outside_fences(body: str, change: Callable[[str], str]) -> str:
    made: list[str] = []
    place = 0
    for fenced in _FENCED.finditer(body):
        made += [change(body[place : fenced.start()]), fenced[0]]
        place = fenced.end()
    return "".join([*made, change(body[place:])])
