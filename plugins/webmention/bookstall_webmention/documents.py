"""Reads pages of others: their links, their endpoint, who wrote them and what they say around a link.

Anybody may have us read a page, so reading takes time in proportion to its length, whatever stands in it: each pattern
below goes over a text once and never back (`++`). That of `html.parser` grows with the square (CVE-2025-6069).
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urldefrag, urljoin, urlsplit

from shop.plugins.api import Fetched

REL = "webmention"
MOST_TEXT = 300
_NAME = r"[\w!#$&+.^`|~-]++"
_PARAMETER = re.compile(rf";\s*+({_NAME})\s*+(?:=\s*+(?:\"([^\"]*+)\"|([^\s\",;]++)))?+")
_LINK = re.compile(
    rf"<([^<>]*+)>((?:\s*+;\s*+{_NAME}\s*+(?:=\s*+(?:\"[^\"]*+\"|[^\s\",;]++))?+)*+)"
)
_UNSEEN = "script|style|template|noscript"
_TOKEN = re.compile(
    r"<!--(?:.*?-->|.*)"
    rf"|<({_UNSEEN})\b[^<>]*+>(?:.*?</\1\b[^<>]*+>|.*)"
    r"|<(/?)([a-z][a-z0-9-]*+)((?:[^<>\"']++|\"[^\"<]*+\"|'[^'<]*+')*+)>"
    r"|([^<]++|<)",
    re.IGNORECASE | re.DOTALL,
)
_ATTRIBUTE = re.compile(
    r"([a-z][a-z0-9-]*+)\s*+(?:=\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s\"'<>]++)))?+", re.IGNORECASE
)
_SPACES = re.compile(r"\s+")
_WITH_ADDRESS = {"a": "href", "area": "href", "img": "src", "video": "src", "audio": "src"}
_BLOCKS = frozenset(
    ("p", "li", "blockquote", "dd", "td", "h1", "h2", "h3", "div", "article", "section")
)


@dataclass(slots=True)
class Document:
    """What was read of a page. `blocks` are paragraphs, each with the addresses that it links to."""

    endpoint: str | None = None
    title: str = ""
    author: str = ""
    blocks: list[tuple[str, frozenset[str]]] = field(default_factory=list)

    def links_to(self, target: str) -> bool:
        """Whether the page links to an address, apart from what follows a `#`."""
        wanted = urldefrag(target).url
        return any(wanted in links for _text, links in self.blocks)

    def links_to_host(self, host: str) -> bool:
        """Whether the page links to any page of a host."""
        return any(host_of(link) == host for _text, links in self.blocks for link in links)

    def said_of(self, target: str) -> str:
        """The words around a link."""
        wanted = urldefrag(target).url
        texts = (text for text, links in self.blocks if wanted in links and text)
        return next(texts, "")[:MOST_TEXT]


def read(fetched: Fetched) -> Document:
    """A page as it was fetched."""
    return _Reader(fetched.url).read(fetched.text)


def endpoint_of(fetched: Fetched) -> str | None:
    """Where a page takes webmentions: by the `Link` header, or the first `<link>` or `<a>`; None if nowhere."""
    for address in endpoints_in(fetched.headers.get("link", "")):
        return urljoin(fetched.url, address)
    return read(fetched).endpoint


def endpoints_in(header: str) -> Iterator[str]:
    """The addresses with this relation in a `Link` header (RFC 8288)."""
    for address, parameters in _LINK.findall(header):
        given = {
            name.lower(): quoted or plain for name, quoted, plain in _PARAMETER.findall(parameters)
        }
        if REL in given.get("rel", "").lower().split():
            yield address


def links_in(text: str, base: str) -> list[str]:
    """The whole addresses of other pages in a piece of HTML, each once."""
    document = _Reader(base).read(text)
    found = dict.fromkeys(link for _text, links in document.blocks for link in sorted(links))
    return [link for link in found if link.startswith(("http://", "https://"))]


def host_of(url: str) -> str:
    """The host that an address names, lower case; empty where it can't be read."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


class _Reader:
    """Goes through a page once."""

    def __init__(self, url: str) -> None:
        self._document = Document()
        self._url = url
        self._words: list[str] = []
        self._links: set[str] = set()
        self._is_title = False

    def read(self, text: str) -> Document:
        """The page, by its tags and the words between them."""
        for found in _TOKEN.finditer(text):
            _unseen, closes, tag, attributes, words = found.groups()
            if words:
                self._take_words(_unescaped(words))
            elif tag and closes:
                self._end(tag.lower())
            elif tag:
                self._begin(tag.lower(), _attributes(attributes))
        self._end_block()
        return self._document

    def _begin(self, tag: str, given: dict[str, str]) -> None:
        if tag in _BLOCKS:
            self._end_block()
        self._is_title = tag == "title"
        if tag == "meta" and given.get("name", "").lower() == "author":
            self._document.author = _flat(given.get("content", ""))[:80]
        self._note_endpoint(tag, given)
        address = given.get(_WITH_ADDRESS.get(tag, ""))
        if address is not None:
            self._links.add(urldefrag(self._whole(address)).url)

    def _end(self, tag: str) -> None:
        self._is_title = False
        if tag in _BLOCKS:
            self._end_block()

    def _take_words(self, words: str) -> None:
        if self._is_title:
            self._document.title = _flat(self._document.title + words)[:200]
        else:
            self._words.append(words)

    def _end_block(self) -> None:
        """What follows is another paragraph."""
        if self._links:
            self._document.blocks.append((_flat("".join(self._words)), frozenset(self._links)))
        self._words, self._links = [], set()

    def _note_endpoint(self, tag: str, given: dict[str, str]) -> None:
        is_one = tag in {"link", "a"} and REL in given.get("rel", "").lower().split()
        if is_one and "href" in given and self._document.endpoint is None:
            self._document.endpoint = self._whole(given["href"])

    def _whole(self, address: str) -> str:
        try:
            return urljoin(self._url, address.strip())
        except ValueError:  # no address that anybody can open
            return ""


def _attributes(text: str) -> dict[str, str]:
    """The attributes of a tag, by their names in lower case; of one that comes twice the first."""
    given: dict[str, str] = {}
    for name, double, single, plain in _ATTRIBUTE.findall(text):
        given.setdefault(name.lower(), _unescaped(double or single or plain))
    return given


def _unescaped(text: str) -> str:
    try:
        return html.unescape(text)
    except ValueError:  # a character with a number of thousands of digits
        return text


def _flat(text: str) -> str:
    return _SPACES.sub(" ", text).strip()
