"""Where things were on the former site: each keeps its address, and links between them lead to where they are now."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import islice
from urllib.parse import urlsplit

from shop.blueprints.articles import services as article_services
from shop.blueprints.articles.models import Article, Author
from shop.blueprints.importers import queries
from shop.blueprints.redirects import services
from shop.blueprints.redirects.addresses import plain_address
from shop.plugins import registry
from shop.plugins.api import ImportReport, unit_of_work

BATCH = 100
_LINK = re.compile(
    r"(?<=\]\()(?P<address>(?:https?://|/)[^\s()#]{1,2000})(?P<anchor>#[^\s()]{1,200})?(?=\))"
)


class OldAddresses:
    """The former site of one import. Without the feature redirects nothing is kept.

    Args:
        origin: what the import is called among redirects, e.g. `wordpress:old.example`.
        site: the address of the former site, or empty; links to other hosts are not looked at.
    """

    def __init__(self, origin: str, site: str) -> None:
        self._origin = origin[:200]
        self._host = _host_of(site)
        self._is_on = registry().has("redirects")
        self._came_in: list[int] = []

    def keep(self, target: str, *old: str) -> None:
        """Lead from each of the old addresses to a page of ours. Inside a unit of work."""
        for address in old:
            if self._is_on and address and _host_of(address) in {"", self._host}:
                services.keep_address(address, target, origin=self._origin)

    def arrived(self, article: Article) -> None:
        """Remember an article whose links are to be looked at in the end."""
        self._came_in.append(article.id)

    def mend_links(self, report: ImportReport) -> None:
        """Let links to what came in, in what came in, lead to its new address."""
        mended = 0
        waiting = iter(self._came_in)
        while self._is_on and (batch := list(islice(waiting, BATCH))):
            with unit_of_work():
                mended += sum(self._mend(article) for article in queries.articles_of_ids(batch))
        if mended:
            report.note("links", f"{mended} links between its pages lead to their new addresses")

    def _mend(self, article: Article) -> int:
        links = [found["address"] for found in _LINK.finditer(article.body)]
        targets = queries.targets_of(self._sources(links))
        count = 0

        def replaced(found: re.Match[str]) -> str:
            nonlocal count
            target = targets.get(self._source(found["address"]))
            count += target is not None
            return f"{target}{found['anchor'] or ''}" if target else found[0]

        body = _LINK.sub(replaced, article.body) if targets else article.body
        if count:
            article_services.save_article(article, body=body)
        return count

    def _sources(self, links: Iterable[str]) -> Sequence[str]:
        return [source for source in map(self._source, links) if source]

    def _source(self, link: str) -> str:
        return plain_address(link) if _host_of(link) in {"", self._host} else ""


def _host_of(address: str) -> str:
    try:
        return (urlsplit(address).hostname or "").removeprefix("www.")
    except ValueError:
        return "?"


def author_address(author: Author) -> str:
    """Where readers find an author, once something of theirs is public."""
    return f"/authors/{author.slug}"


def article_address(article: Article) -> str:
    """Where readers find an article or a page."""
    return f"/pages/{article.slug}" if article.is_page else f"/articles/{article.slug}"
