"""Shortcodes, which WordPress and its plugins replace when a page is drawn: those that hold something become HTML.

A pattern here never holds another bracket, so that it passes over a text once.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from flask_babel import gettext as _

from shop.blueprints.importers.wordpress import builders
from shop.blueprints.importers.wordpress.paragraphs import outside_code

_CODE_NAMES = (
    "code",
    "sourcecode",
    "source",
    "highlight",
    "python",
    "php",
    "css",
    "js",
    "bash",
    "sql",
)
_NOTE_NAMES = ("ref", "footnote", "fn", "efn_note", "mfn")
_CAPTIONS = {"caption", "wp_caption"}
_LINKS = {
    "audio", "dailymotion", "embed", "googlemaps", "playlist", "soundcloud", "spotify", "ted", "twitter", "video",
    "vimeo", "youtube",
}  # fmt: skip
_FILMS = {"fusion_youtube": "youtube", "fusion_vimeo": "vimeo"}
_SITES = {"youtube": "https://www.youtube.com/watch?v=", "vimeo": "https://vimeo.com/"}
_SHORTCODE = re.compile(
    r"(?<!\[)\[(/?)([A-Za-z][\w-]{1,40})((?:[\s=][^\[\]]{0,20000})?)\]|\[(\[/?[A-Za-z][\w-]{1,40}(?:[\s=][^\[\]]{0,20000})?\])\]"
)
_SILENT = re.compile(
    r"(?:contact|gravity|ninja|formidable|wpforms?|mc4wp|mailpoet|caldera|fluent|forminator|rev_?slider|layerslider|meta"
    r"slider|smartslider|nggallery|ngg|table|tablepress|products?|product_|add_to_cart|woocommerce|recent_|featured_|"
    r"sale_|top_rated|best_selling|wp_|post_|posts_|events?|tribe|edd|download).*|.*(?:form|slider|map|posts|feed)s?"
)
"""Shortcodes whose arguments are for the machine, whatever these are called."""
_BARE = frozenset(
    {
        "br", "clear", "clearfix", "contact-form", "contact-form-7", "divider", "hr", "line", "my-account", "separator",
        "sitemap", "spacer", "toc",
    }
)  # fmt: skip
"""Names without arguments that are no remarks of the author."""
_ADDRESS = re.compile(r"https?://[^\s\"'\[\]<>]{1,2000}")
_NUMBER = re.compile(r"(?:^|[\s=\"'])(?:id=[\"']?)?([\w-]{5,20})[\"']?(?:\s|$)")
_NUMBERS = re.compile(r"\b(?:ids|include)\s*=\s*[\"']?([\d,\s]{1,2000})")
_CAPTION = re.compile(r"\bcaption\s*=\s*(\"[^\"]*\"|'[^']*')")
_LANGUAGE = re.compile(
    r"lang(?:uage)?\s*=\s*[\"']?([\w+#-]{1,30})|\s*=?[\"']?([\w+#-]{1,30})[\"']?\s*$"
)


def with_code(source: str) -> str:
    """The text with `[code]` and its like as blocks of code, whose content nothing else may touch."""
    return _spans(source, _CODE_NAMES, _code)


@dataclass(slots=True)
class Shortcodes:
    """Replaces the shortcodes of one text. `left_out` says what could not be kept.

    Attributes:
        pictures: the addresses of the site's attachments, by their numbers.
        own: the addresses of pictures that belong to this post, for a gallery that names none.
    """

    pictures: Mapping[int, str] = field(default_factory=dict)
    own: tuple[str, ...] = ()
    left_out: list[str] = field(default_factory=list)

    def replace(self, source: str) -> str:
        """The text with HTML in the place of its shortcodes."""
        noted = outside_code(source, _with_footnotes)
        closed = frozenset(
            found[2].lower() for found in _SHORTCODE.finditer(noted) if found[1] == "/"
        )
        return outside_code(
            noted,
            lambda part: _SHORTCODE.sub(lambda found: self._replaced(found, closed), part),
        )

    def _replaced(self, found: re.Match[str], closed: frozenset[str]) -> str:
        if found[4]:
            return found[4]  # two brackets, which show a shortcode instead of what it does
        is_end, name, arguments = bool(found[1]), found[2].lower(), html.unescape(found[3])
        name = _FILMS.get(name, name)
        if name in _CAPTIONS:
            return _caption(arguments, is_end=is_end)
        if name == "gallery":
            return "" if is_end else self._gallery(arguments)
        if name in _LINKS:
            return self._link(name, arguments, is_end=is_end)
        if is_end:
            return f"{builders.said_after(name)}{_break_before(found.string[found.end() :][:1])}"
        return self._said(name, arguments, is_closed=name in closed, whole=found[0])

    def _said(self, name: str, arguments: str, *, is_closed: bool, whole: str) -> str:
        is_known = builders.is_builders(name)
        is_shortcode = (
            is_closed or "=" in arguments or arguments.endswith("/") or name in _BARE or "_" in name
        )
        if not (is_known or is_shortcode):
            return whole  # a remark in brackets, such as [sic]
        said = ""
        if is_known or not _SILENT.fullmatch(name):
            said = builders.said_by(name, arguments, self.pictures, holds_words=is_closed)
        if not (is_known and (said or is_closed or builders.only_places(name))):
            self._leave_out(name)
        return said

    def _link(self, name: str, arguments: str, *, is_end: bool) -> str:
        if is_end:
            return ""
        address = _address(name, arguments)
        if address:
            return f'<p><a href="{html.escape(address)}">{html.escape(address)}</a></p>'
        if name != "embed":  # whose address stands between its brackets
            self._leave_out(name)
        return ""

    def _gallery(self, arguments: str) -> str:
        found = _NUMBERS.search(arguments)
        numbers = [int(each) for each in re.findall(r"\d{1,15}", found[1])] if found else []
        addresses = [self.pictures[each] for each in numbers if each in self.pictures]
        links = "".join(
            f'<li><img src="{html.escape(each)}" alt="{html.escape(each.rsplit("/", 1)[-1])}"></li>'
            for each in (addresses or ([] if numbers else self.own))
        )
        if not links:
            self._leave_out("gallery")
        return f'<ul class="gallery">{links}</ul>' if links else ""

    def _leave_out(self, name: str) -> None:
        self.left_out.append(_("the shortcode %(name)s", name=f"[{name}]"))


def _break_before(following: str) -> str:
    """The end of a paragraph, unless a word goes on after a shortcode that stood in it."""
    return "\n<p>\n" if following in {"", "[", "\n", "\r", "<"} else ""


def _address(name: str, arguments: str) -> str:
    given = _ADDRESS.search(arguments)
    if given is not None:
        return given[0]
    number = _NUMBER.search(arguments)
    return f"{_SITES[name]}{number[1]}" if number and name in _SITES else ""


def _caption(arguments: str, *, is_end: bool) -> str:
    if is_end:
        return "</figure>"
    written = _CAPTION.search(arguments)
    said = f"<figcaption>{html.escape(written[1][1:-1])}</figcaption>" if written else ""
    return f"<figure>{said}"


def _spans(source: str, names: tuple[str, ...], change: Callable[[str, str], str]) -> str:
    """What stands between `[name ...]` and `[/name]`, changed; a name that is not closed any more is left alone."""
    return "".join(_pieces(source, names, change))


def _pieces(
    source: str, names: tuple[str, ...], change: Callable[[str, str], str]
) -> Iterator[str]:
    lower, place = source.lower(), 0
    opening = re.compile(rf"\[({'|'.join(names)})([\s=][^\[\]]{{0,300}})?\]")
    unclosed: set[str] = set()
    while True:
        found = opening.search(lower, place)
        if found is None:
            yield source[place:]
            return
        closing = f"[/{found[1]}]"
        end = -1 if closing in unclosed else lower.find(closing, found.end())
        if end < 0:
            unclosed.add(closing)
            yield source[place : found.end()]
            place = found.end()
            continue
        yield source[place : found.start()]
        yield change(
            source[found.start(2) : found.end(2)] if found[2] else "", source[found.end() : end]
        )
        place = end + len(closing)


def _code(arguments: str, content: str) -> str:
    said = html.unescape(arguments).strip()
    language = _LANGUAGE.search(said) if "lang" in said else _LANGUAGE.match(said)
    name = f' class="language-{html.escape(language[1] or language[2])}"' if language else ""
    plain = content if "<" in content else html.unescape(content)
    return f"<pre><code{name}>{html.escape(plain, quote=False)}</code></pre>"


def _with_footnotes(part: str) -> str:
    notes: list[str] = []

    def note(_arguments: str, content: str) -> str:
        notes.append(content)
        return f'<sup><a href="#shortcode-note-{len(notes)}">{len(notes)}</a></sup>'

    written = _spans(part, _NOTE_NAMES, note)
    entries = "".join(
        f'<li id="shortcode-note-{number}">{each}</li>' for number, each in enumerate(notes, 1)
    )
    return f"{written}\n<ol>{entries}</ol>" if entries else written
