"""Where things were on the former site: each keeps its address, and links between them lead to where they are now."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import islice
from urllib.parse import urlsplit

from flask_babel import gettext as _
from flask_babel import ngettext

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
_FROM_TOP = re.compile(r"(?<=\]\()/(?!/|media/pictures/)[^\s()]{0,2000}(?=\))")


class OldAddresses:
    """The former site of one import. Without the feature redirects nothing is kept.

    Args:
        origin: what the import is called among redirects, e.g. `wordpress:old.example`.
        site: the address of the former site, or empty; links to other hosts are not looked at.
    """

    def __init__(self, origin: str, site: str) -> None:
        self._origin = origin[:200]
        self._site = site.rstrip("/") if "://" in site else ""
        self._host = _host_of(site)
        self._is_on = registry().has("redirects")
        self._targets: dict[str, str] = {}
        self._waiting: dict[str, str] = {}
        self._with_open_links: list[int] = []
        self._mended = 0

    def keep(self, target: str, *old: str) -> None:
        """Lead from each of the old addresses to a page of ours, as soon as they are stored."""
        for address in old:
            if self._is_on and address and _host_of(address) in {"", self._host}:
                self._waiting.setdefault(plain_address(address), target)

    def store(self) -> None:
        """Store what was kept. Inside the unit of work of the pages that it leads to."""
        waiting, self._waiting = self._waiting, {}
        if waiting:
            services.keep_addresses(waiting, origin=self._origin)

    def with_host(self, body: str) -> str:
        """A text whose links from the top of the former site name it, so that those to what stays there answer."""
        if not self._site:
            return body
        return _FROM_TOP.sub(lambda found: f"{self._site}{found[0]}", body)

    def look_up(self, bodies: Iterable[str]) -> None:
        """Ask where the links of some texts lead, all at once."""
        if self._is_on:
            found = [link["address"] for body in bodies for link in _LINK.finditer(body)]
            self._targets = queries.targets_of(self._sources(found))

    def led(self, body: str) -> tuple[str, bool]:
        """The text with its links to what came in before it, and whether others may lead to what comes later."""
        is_open = False

        def replaced(found: re.Match[str]) -> str:
            nonlocal is_open
            source = self._source(found["address"])
            target = self._targets.get(source) or self._waiting.get(source)
            if target is None:
                is_open = is_open or bool(source)
                return found[0]
            self._mended += 1
            return f"{target}{found['anchor'] or ''}"

        return (_LINK.sub(replaced, body), is_open) if self._is_on else (body, False)

    def where_are(self, old: Iterable[str]) -> list[str]:
        """Where some old addresses lead, each; empty for those that lead nowhere."""
        sources = [plain_address(address) for address in old]
        targets = queries.targets_of(sources) if self._is_on else {}
        return [targets.get(source, "") for source in sources]

    def arrived(self, article: Article) -> None:
        """Remember an article some of whose links may lead to what comes later."""
        self._with_open_links.append(article.id)

    def mend_links(self, report: ImportReport) -> None:
        """Let the links that were open lead to what has come in since."""
        waiting = iter(self._with_open_links)
        while batch := list(islice(waiting, BATCH)):
            with unit_of_work():
                articles = queries.articles_of_ids(batch)
                self.look_up(each.body for each in articles)
                for article in articles:
                    body, _is_open = self.led(article.body)
                    if body != article.body:
                        article_services.save_article(article, keeps_revision=False, body=body)
        if self._mended:
            report.note(
                _("links"),
                ngettext(
                    "%(num)d link between its pages leads to its new address",
                    "%(num)d links between its pages lead to their new addresses",
                    self._mended,
                ),
            )

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
