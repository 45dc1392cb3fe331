"""Finds pages: by the search engine of a plugin, or by our own search where there is none, or it does not answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice

from shop.core import search
from shop.core.search import Found
from shop.core.text import is_path
from shop.plugins import PluginFailed, attempted, fits, guarded, registry
from shop.plugins.api import SearchEngine, SearchSource

FEW = 3
"""With fewer results than these a word may have been mistyped."""


@dataclass(frozen=True, slots=True)
class SearchOutcome:
    """What a search found.

    Attributes:
        pages: some of the pages, the best first.
        counts: how many there are of each source; empty where an engine answered, which does not tell.
        is_cut: whether there may be more than were counted.
        silent: the title of an engine that did not answer, or nothing.
        nearest: the query as it was probably meant, or nothing.
        is_of_nearest: whether these are the pages of `nearest`, because the words as they were typed have none.
    """

    pages: Sequence[Found]
    counts: Mapping[str, int] = field(default_factory=dict)
    is_cut: bool = False
    silent: str = ""
    nearest: str = ""
    is_of_nearest: bool = False


def look_for(query: str, *, limit: int, offset: int = 0, source: str = "") -> SearchOutcome:
    """Look for pages of one source, or of all."""
    sources = [each.name for each in registry().search_sources]
    silent = ""
    for engine in registry().search_engines[:1]:
        ask = partial(_asked, engine, query, [source] if source else sources, limit, offset)
        try:
            return SearchOutcome(attempted("search_engines", engine, ask))
        except PluginFailed:
            silent = str(engine.title)
    matches = search.matches(query, sources, at_least=offset + limit)
    nearest = search.nearest_query(query) if len(matches.pages) < FEW else ""
    is_of_nearest = bool(nearest) and not matches.pages
    if is_of_nearest:
        matches = search.matches(nearest, sources, at_least=offset + limit)
    return SearchOutcome(
        matches.found(limit=limit, offset=offset, source=source),
        counts=matches.counts,
        is_cut=matches.is_cut,
        silent=silent,
        nearest=nearest if matches.pages else "",
        is_of_nearest=is_of_nearest and bool(matches.pages),
    )


def thumbnails_of(pages: Sequence[Found]) -> dict[tuple[str, str], str]:
    """The addresses of the small pictures of some pages, by source and key, as far as they have one."""
    found: dict[tuple[str, str], str] = {}
    for source in registry().search_sources:
        keys = [page.key for page in pages if page.source == source.name]
        if keys and source.pictures is not None:
            ask = partial(_pictures, source, keys)
            known: dict[str, str] = guarded("search_sources", source, ask, otherwise={})
            found.update({(source.name, key): url for key, url in known.items()})
    return found


def _pictures(source: SearchSource, keys: Sequence[str]) -> dict[str, str]:
    """
    Raises:
        TypeError: it gave anything but addresses of ours.
    """
    found = dict(source.pictures(keys)) if source.pictures else {}
    if not all(fits(url, str) and is_path(url) for url in found.values()):
        raise TypeError("a picture is named by a path on this site")
    return found


def _asked(
    engine: SearchEngine, query: str, sources: list[str], limit: int, offset: int
) -> list[Found]:
    """What an engine finds, as far as we know of it.

    Raises:
        TypeError: it gave anything but pairs of texts.
    """
    found = islice(
        engine.find(query, sources, limit, offset), limit
    )  # it may give them without end
    pages = [(source, key) for source, key in found]
    if not all(isinstance(each, str) for page in pages for each in page):
        raise TypeError("a page is named by its source and its key, both text")
    return search.known(pages, sources)
