"""HTML of other systems as our Markdown.

nh3 first makes well-formed HTML of a few known tags, whatever came; markdownify then writes Markdown. Pictures that
are not kept here become links, films and posts of other sites cards (`insets.embeds`): nothing is fetched, and pages of
ours show nothing from elsewhere by themselves.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from typing import Any

import nh3
from flask_babel import gettext as _

from shop.core.text import clean_block, clean_line
from shop.plugins.api import Refused

MAX_HTML = 500_000
_PLACEHOLDER = re.compile(
    r"(<(?:img|iframe)\b[^<>]{0,2000}?)\ssrc\s*=\s*([\"'])(?:data:image/(?:svg|gif)|about:)[^\"'<>]*\2",
    re.IGNORECASE,
)
_LAZY = re.compile(
    r"(<(?:img|iframe)\b(?:(?!\ssrc\s*=)[^<>]){0,2000}?)\sdata-(?:src|lazy-src|original)\s*=",
    re.IGNORECASE,
)
"""A picture or a frame whose address a script fills in."""
_WAITING = r"<(?:img|iframe)\b[^<>]*\sdata-(?:src|lazy-src|original)\s*=[^<>]*>(?:</iframe>)?"
_PLAIN = r"<noscript>\s*<(?:img|iframe)\b[^<>]*>\s*(?:</iframe>\s*)?</noscript>"
_DOUBLED = re.compile(
    rf"(?P<plain>{_PLAIN})\s*{_WAITING}|{_WAITING}\s*(?P<after>{_PLAIN})", re.IGNORECASE
)
_BLOCK_BY_ANOTHER_NAME = re.compile(
    r"<(/?)(?:center|fieldset|form|hgroup|legend|marquee|option|search)\b", re.IGNORECASE
)
_NOSCRIPT = re.compile(r"</?noscript\b[^<>]*>", re.IGNORECASE)
_BLOCKS = {
    "address", "article", "aside", "blockquote", "body", "caption", "dd", "details", "div", "dl", "dt", "figcaption",
    "figure", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre",
    "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
}  # fmt: skip
_INLINE = {
    "a", "audio", "b", "br", "cite", "code", "del", "em", "embed", "i", "iframe", "img", "ins", "kbd", "object",
    "param", "q", "s", "samp", "source", "span", "strike", "strong", "sub", "sup", "tt", "var", "video",
}  # fmt: skip
_ATTRIBUTES = {
    "*": {"id"},
    "blockquote": {"class"},
    "code": {"class"},
    "div": {"class"},
    "figure": {"class"},
    "embed": {"src"},
    "object": {"data"},
    "param": {"name", "value"},
    "pre": {"class"},
    "section": {"class"},
    "ul": {"class"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
    "a": {"href", "title"},
    "img": {"src", "alt"},
    "ol": {"start"},
    "iframe": {"src", "title"},
    "video": {"src"},
    "audio": {"src"},
    "source": {"src"},
}


def html_to_markdown(
    source: str, *, base: str = "", kept_at: Callable[[str], str] = lambda _address: ""
) -> str:
    """Markdown that reads as the HTML did. Relative links are taken to be below `base`.

    `kept_at` gives the address here of a picture that is kept; one that is not becomes a link.

    Raises:
        Refused: it is longer than half a million characters, or nested beyond reason.
    """
    if len(source) > MAX_HTML:
        raise Refused(
            _(
                "its text has %(count)s characters of HTML; the limit is %(limit)s",
                count=f"{len(source):,}",
                limit=f"{MAX_HTML:,}",
            )
        )
    if "data-" in source:
        source = _DOUBLED.sub(lambda found: found["plain"] or found["after"], source)
        source = _LAZY.sub(r"\1 src=", _PLACEHOLDER.sub(r"\1", source))
    cleaned = nh3.clean(
        _BLOCK_BY_ANOTHER_NAME.sub(
            r"<\1div",
            _NOSCRIPT.sub(
                "", source
            ),  # whose content, shown without scripts, is the picture itself
        ),
        tags=_BLOCKS | _INLINE,
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel=None,
    )
    from shop.blueprints.importers.html.emphasis import without_seams
    from shop.blueprints.importers.html.markdown_writer import MarkdownWriter

    try:
        markdown: Any = MarkdownWriter(base, kept_at).convert(without_seams(cleaned))
    except RecursionError:
        raise Refused(_("its HTML is nested too deeply")) from None
    return clean_block(str(markdown))


def without_elements(source: str, selector: str) -> str:
    """HTML without the elements that a CSS selector finds.

    Raises:
        Refused: it is longer than half a million characters.
    """
    if len(source) > MAX_HTML:
        raise Refused(_("its text has more than %(limit)s characters", limit=f"{MAX_HTML:,}"))
    # Imported here, because what parses HTML takes a twentieth of a start.
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(source, "html.parser")
    for element in soup.select(selector):
        element.decompose()
    return str(soup)


def to_plain(source: str) -> str:
    """The words alone, on one line. For titles and excerpts."""
    stripped = nh3.clean(source[:MAX_HTML], tags=set())
    return clean_line(html.unescape(stripped))


def parted_at_comments(source: str) -> Iterator[tuple[str, str]]:
    """What stands outside of HTML's comments, each piece with the comment that follows it, which may be empty."""
    place = 0
    while True:
        start = source.find("<!--", place)
        end = source.find("-->", start + 4) if start >= 0 else -1
        if end < 0:
            yield source[place:], ""
            return
        yield source[place:start], source[start + 4 : end]
        place = end + 3


def is_block(name: str) -> bool:
    """Whether a tag begins and ends a block of text."""
    return name in _BLOCKS
