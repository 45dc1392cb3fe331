"""Reads pages of others: their links, their endpoint, who wrote them and what they say around a link."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urldefrag, urljoin, urlsplit

from shop.plugins.api import Fetched

REL = "webmention"
MOST_TEXT = 300
_LINK = re.compile(r"<([^>]*)>((?:\s*;\s*[\w!#$&+.^`|~-]+\s*(?:=\s*(?:\"[^\"]*\"|[^\s\",;]+))?)*)")
_PARAMETER = re.compile(r";\s*([\w!#$&+.^`|~-]+)\s*(?:=\s*(?:\"([^\"]*)\"|([^\s\",;]+)))?")
_SPACES = re.compile(r"\s+")
_WITH_ADDRESS = {"a": "href", "area": "href", "img": "src", "video": "src", "audio": "src"}
_BLOCKS = frozenset(
    {
        "p",
        "li",
        "blockquote",
        "dd",
        "td",
        "h1",
        "h2",
        "h3",
        "figcaption",
        "div",
        "article",
        "section",
    }
)
_UNSEEN = frozenset({"script", "style", "template", "noscript"})


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
    reader = _Reader(fetched.url)
    reader.feed(fetched.text)
    reader.close()
    reader.end_block()
    return reader.document


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


def links_in(html: str, base: str) -> list[str]:
    """The whole addresses of other pages in a piece of HTML, each once."""
    reader = _Reader(base)
    reader.feed(html)
    reader.close()
    reader.end_block()
    found = dict.fromkeys(link for _text, links in reader.document.blocks for link in sorted(links))
    return [link for link in found if link.startswith(("http://", "https://"))]


def host_of(url: str) -> str:
    """The host that an address names, lower case; empty where it can't be read."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


class _Reader(HTMLParser):
    """Goes through a page once."""

    def __init__(self, url: str) -> None:
        super().__init__(convert_charrefs=True)
        self.document = Document()
        self._url = url
        self._words: list[str] = []
        self._links: set[str] = set()
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in _BLOCKS:
            self.end_block()
        if tag in _UNSEEN or tag == "title":
            self._inside.append(tag)
        if tag == "meta" and given.get("name", "").lower() == "author":
            self.document.author = _flat(given.get("content", ""))[:80]
        self._note_endpoint(tag, given)
        address = given.get(_WITH_ADDRESS.get(tag, ""))
        if address is not None:
            self._links.add(urldefrag(self._whole(address)).url)

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.end_block()
        if tag in self._inside:
            self._inside.remove(tag)

    def handle_data(self, data: str) -> None:
        if "title" in self._inside:
            self.document.title = _flat(self.document.title + data)[:200]
        elif not self._inside:
            self._words.append(data)

    def end_block(self) -> None:
        """What follows is another paragraph."""
        if self._links:
            self.document.blocks.append((_flat("".join(self._words)), frozenset(self._links)))
        self._words, self._links = [], set()

    def _note_endpoint(self, tag: str, given: dict[str, str]) -> None:
        is_one = tag in {"link", "a"} and REL in given.get("rel", "").lower().split()
        if is_one and "href" in given and self.document.endpoint is None:
            self.document.endpoint = self._whole(given["href"])

    def _whole(self, address: str) -> str:
        try:
            return urljoin(self._url, address.strip())
        except ValueError:  # no address that anybody can open
            return ""


def _flat(text: str) -> str:
    return _SPACES.sub(" ", text).strip()
