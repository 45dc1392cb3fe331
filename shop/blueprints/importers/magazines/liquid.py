"""What site generators replace in a text: Jekyll's Liquid tags and Hugo's shortcodes."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from shop.blueprints.importers.magazines.foreign_markdown import fit_address, outside_fences

_TAG = re.compile(
    r"\{%-?\s*(/?)([a-z_]{1,40})\b([^%{}]{0,500})-?%\}|\{\{[<%]\s*(/?)([\w-]{1,40})\b([^{}]{0,500})[>%]\}\}"
)
_SHORTCODE = re.compile(r"()()()\{\{[<%]\s*(/?)([\w-]{1,40})\b([^{}]{0,500})[>%]\}\}")
_VALUE = re.compile(r"\{\{-?\s*(?:[\"']([^\"'{}]{1,300})[\"'])?[^{}<%]{0,300}-?\}\}")
_ATTRIBUTES = re.compile(r"(?:(?<=[)\]*_])|^)[ ]*\{:[^{}\n]{0,300}\}", re.MULTILINE)
"""Kramdown's classes and targets, such as `{:target="_blank"}`."""
_RAW = re.compile(r"\{%-?\s{0,5}raw\s{0,5}-?%\}")
_END_RAW = re.compile(r"\{%-?\s{0,5}endraw\s{0,5}-?%\}")
_REMARK = re.compile(r"\{%-?\s{0,5}comment\s{0,5}-?%\}")
_END_REMARK = re.compile(r"\{%-?\s{0,5}endcomment\s{0,5}-?%\}")
_SHOWN = re.compile(r"\{\{([<%])/\*([^{}]{0,500})\*/([>%])\}\}")
"""How Hugo's authors show a shortcode itself."""
_HELD = "\ue001{}\ue001"
_PLACE = re.compile("\ue001(\\d{1,6})\ue001")
_EDGE = "\ue000"
"""Where code begins or ends: one line end is there, whether the tag had one or not."""
_AT_EDGE = re.compile(rf"\n?{_EDGE}\n?")
_FILMS = {"youtube": "https://www.youtube.com/watch?v={}", "vimeo": "https://vimeo.com/{}"}
_POSTS = {
    "gist": "https://gist.github.com/{}",
    "instagram": "https://www.instagram.com/p/{}/",
}
_ADDRESS = re.compile(r"https?://[^\s\"'<>{}]{1,500}")
_WORDS = re.compile(r"[\w-]+(?:/[\w-]+)?")
_SAID = re.compile(r"([\w-]{1,30})\s*=\s*(?:[\"']([^\"'{}]{0,500})[\"']|([^\s\"'{}]{1,500}))")
_FILE = re.compile(r"\S{1,300}\.(?:jpe?g|png|gif|webp|avif|svg)\b", re.IGNORECASE)
_DATED = re.compile(r"(\d{4})-(\d\d)-(\d\d)-(.+)")


def without_tags(
    body: str,
    *,
    page_of: Callable[[str], str] = lambda _file: "",
    is_hugo: bool = False,
) -> tuple[str, tuple[str, ...]]:
    """The text with code, pictures, films and links kept and all other tags left out, and notes on those.

    Args:
        page_of: the address of the page of a file that is named, or empty where there is none.
        is_hugo: whether `{{ ... }}` without an arrow is nothing but text, as it is to Hugo.
    """
    tags = _Tags(page_of)

    def changed(part: str) -> str:
        if is_hugo:
            return _AT_EDGE.sub("\n", _SHORTCODE.sub(tags.replaced, part))
        plain = _VALUE.sub(lambda found: found[1] or "", _TAG.sub(tags.replaced, part))
        return _ATTRIBUTES.sub("", _AT_EDGE.sub("\n", plain))

    held: list[str] = []
    body = _PLACE.sub("", body)
    if not is_hugo:
        body = _between(body, _REMARK, _END_REMARK, lambda _inside: "")
        body = _between(body, _RAW, _END_RAW, lambda inside: _hold(held, inside))
    body = _SHOWN.sub(lambda each: _hold(held, f"{{{{{each[1]}{each[2]}{each[3]}}}}}"), body)
    kept = _PLACE.sub(lambda found: held[int(found[1])], outside_fences(body, changed))
    names = ", ".join(dict.fromkeys(tags.left_out))
    return kept, (f"left out of its text: {names}",) if names else ()


def _hold(held: list[str], inside: str) -> str:
    held.append(inside)
    return _HELD.format(len(held) - 1)


def _between(
    body: str, start: re.Pattern[str], end: re.Pattern[str], change: Callable[[str], str]
) -> str:
    """The text with what stands between two tags changed, and the tags gone."""
    made, place = [], 0
    while (opening := start.search(body, place)) and (closing := end.search(body, opening.end())):
        made += [body[place : opening.start()], change(body[opening.end() : closing.start()])]
        place = closing.end()
    return "".join([*made, body[place:]])


@dataclass(slots=True)
class _Tags:
    """Replaces the tags of one text. `left_out` are the names of those that say nothing that could be kept."""

    page_of: Callable[[str], str]
    left_out: list[str] = field(default_factory=list)

    def replaced(self, found: re.Match[str]) -> str:
        is_end, name = bool(found[1] or found[4]), (found[2] or found[5]).lower()
        arguments = (found[3] or found[6] or "").strip()
        if name in {"highlight", "endhighlight"}:
            if is_end or name == "endhighlight":
                return f"{_EDGE}```\n"
            return f"\n```{arguments.split()[0] if arguments else ''}{_EDGE}"
        if name in {"raw", "endraw"} or is_end or name.startswith("end"):
            return ""
        said = {each[1]: each[2] or each[3] or "" for each in _SAID.finditer(arguments)}
        if name in {"ref", "relref", "link", "post_url"}:
            return self._address(name, said.get("path") or arguments)
        if name in {"figure", "img", "image", "include"} and (
            picture := _picture_of(said, arguments)
        ):
            return _figure(picture, said)
        if elsewhere := _elsewhere(name, said, arguments):
            return f"\n\n{elsewhere}\n\n"
        self.left_out.append(name)
        return ""

    def _address(self, name: str, arguments: str) -> str:
        """Where a page was that is named by its file, so that the link to it can be followed to where it is now."""
        file, sign, heading = arguments.partition("lang=")[0].strip("\"' ").partition("#")
        if known := self.page_of(file):
            return f"{known}{sign}{heading}"
        file = file.removesuffix(".md").removesuffix("/index").lstrip("/")
        if name in {"post_url", "link"} and (dated := _DATED.match(file.rpartition("/")[2])):
            return f"/{dated[1]}/{dated[2]}/{dated[3]}/{dated[4]}.html"
        return f"/{file}/{sign}{heading}" if file else f"{sign}{heading}"


def _elsewhere(name: str, said: dict[str, str], arguments: str) -> str:
    """A card of a film, or a link to a post, on another site; empty where the tag names none."""
    if name == "include":
        name = arguments.partition(".")[0].partition(" ")[0].rpartition("/")[2].lower()
        arguments = said.get("id", "")
    whole, word = _ADDRESS.search(arguments), _WORDS.search(said.get("id") or arguments)
    film = next((each for each in _FILMS if name.startswith(each)), "")
    if film and (whole or word):
        return f"::embed[{whole[0] if whole else _FILMS[film].format(word[0] if word else '')}]"
    if name in {"tweet", "twitter", "x"} and said.get("user") and said.get("id"):
        return f"<https://twitter.com/{said['user']}/status/{said['id']}>"
    if name in _POSTS and not said and word:
        return f"<{_POSTS[name].format('/'.join(_WORDS.findall(arguments)[:2]))}>"
    return (
        f"<{whole[0]}>" if whole and name in {"embed", "tweet", "twitter", "audio", "video"} else ""
    )


def _picture_of(said: dict[str, str], arguments: str) -> str:
    names = ("src", "url", "image_path", "image", "file", "path")
    named = next((said[key] for key in names if said.get(key)), "")
    alone = _FILE.search(arguments) if not said else None
    return named or (alone[0].strip("\"'") if alone else "")


def _figure(address: str, said: dict[str, str]) -> str:
    """A picture with its caption."""
    caption = said.get("caption") or said.get("title") or ""
    alt = re.sub(r"[\[\]]", "", said.get("alt", ""))
    words = caption.replace('"', "”")
    title = f' "{words}"' if words else ""
    return f"\n\n![{alt}]({fit_address(address)}{title})\n\n"
