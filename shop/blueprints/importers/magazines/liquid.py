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
_FILMS = {"youtube": "https://www.youtube.com/watch?v=", "vimeo": "https://vimeo.com/"}
_WORD = re.compile(r"[\"']?([\w-]{3,30})[\"']?")
_HTML_BLOCK = re.compile(r"^<(?:[a-z][a-z0-9]*)\b", re.IGNORECASE)


def without_tags(body: str) -> tuple[str, tuple[str, ...]]:
    """The text with code and films kept and all other tags left out, and notes on those."""
    left_out: list[str] = []

    def replaced(found: re.Match[str]) -> str:
        is_end, name = bool(found[1] or found[4]), (found[2] or found[5]).lower()
        arguments = (found[3] or found[6] or "").strip()
        if name in {"highlight", "endhighlight"}:
            is_opening = name == "highlight" and not is_end
            return f"\n```{arguments.split()[0] if arguments and is_opening else ''}\n"
        if name in {"raw", "endraw"} or is_end or name.startswith("end"):
            return ""
        film = _WORD.search(arguments.removeprefix("id="))
        if name in _FILMS and film:
            return f"\n<{_FILMS[name]}{film[1]}>\n"
        left_out.append(name)
        return ""

    kept = _outside_fences(body, lambda part: _VALUE.sub("", _TAG.sub(replaced, part)))
    names = ", ".join(dict.fromkeys(left_out))
    return kept, (f"left out of its text: {names}",) if names else ()


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
