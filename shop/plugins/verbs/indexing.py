"""Keeps what the search knows of a plugin's pages up to date, one page at a time."""

from __future__ import annotations

from collections.abc import Callable

from shop.core import search
from shop.core.app_state import app_state
from shop.core.search import SearchDocument
from shop.plugins.manager import Registry


def index_page(source: str, document: SearchDocument) -> None:
    """Let the search find a page, or what it has become. Only inside a unit of work; doing it twice changes nothing.

    Where a page is long, `prepare_indexing` looks for its words before.

    Args:
        source: the `name` of a `SearchSource` of yours.
        document: the page.

    Raises:
        KeyError: no plugin gives such a source.
        ValueError: the source is not yours, or the address is no path on this site.
    """
    prepare_indexing(source, document)()


def prepare_indexing(source: str, document: SearchDocument) -> Callable[[], None]:
    """Look for the words of a page now, while others can write; what is returned indexes it, inside a unit of work.

    A job that is not `in_transaction` returns it, or a function that raises `OutOfDate` where the page has changed
    since. Arguments and errors are those of `index_page`.
    """
    _require_theirs(source)
    return search.prepare_document(source, document).index


def unindex_page(source: str, key: str) -> None:
    """Let the search find a page no more. Only inside a unit of work; one that it does not know is left alone.

    Args:
        source: the `name` of a `SearchSource` of yours.
        key: the page's within its source.

    Raises:
        KeyError: no plugin gives such a source.
        ValueError: the source is not yours.
    """
    _require_theirs(source)
    search.remove(source, key)


def _require_theirs(source: str) -> None:
    """A name that is misspelt would be indexed, and never found; the pages of our own features keep themselves."""
    whole = app_state().part(Registry)
    owner = next(
        (whole.owners.of(each) for each in whole.search_sources if each.name == source), ""
    )
    if not owner:
        raise KeyError(source)
    if owner not in whole.third_parties:
        raise ValueError(f"the search source {source!r} is not yours")
