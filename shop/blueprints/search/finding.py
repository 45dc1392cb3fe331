"""Finds pages: by the search engine of a plugin, or by our own search where there is none, or it does not answer."""

from __future__ import annotations

from functools import partial

from shop.core import search
from shop.core.search import Found
from shop.plugins import PluginFailed, attempted, registry
from shop.plugins.api import SearchEngine


def found(query: str, *, limit: int, offset: int) -> tuple[list[Found], str]:
    """Pages, the best first, and the title of an engine that did not answer, or nothing."""
    sources = [source.name for source in registry().search_sources]
    silent = ""
    for engine in registry().search_engines[:1]:
        ask = partial(_asked, engine, query, sources, limit, offset)
        try:
            return attempted("search_engines", engine, ask), ""
        except PluginFailed:
            silent = str(engine.title)
    return search.find(query, sources, limit=limit, offset=offset), silent


def _asked(
    engine: SearchEngine, query: str, sources: list[str], limit: int, offset: int
) -> list[Found]:
    """What an engine finds, as far as we know of it.

    Raises:
        TypeError: it gave anything but pairs of texts.
    """
    pages = [(source, key) for source, key in engine.find(query, sources, limit, offset)]
    if not all(isinstance(each, str) for page in pages for each in page):
        raise TypeError("a page is named by its source and its key, both text")
    return search.known(pages[:limit], sources)
