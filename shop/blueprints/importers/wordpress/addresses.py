"""Where the pages of a WordPress site were: each of its addresses leads to what stands here instead."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from shop.blueprints.articles.models import Article
from shop.blueprints.importers.html import conversion
from shop.blueprints.importers.old_addresses import (
    BATCH,
    OldAddresses,
    article_address,
    author_address,
)
from shop.blueprints.importers.wordpress.reading import WxrItem
from shop.blueprints.importers.wordpress.survey import SiteSurvey
from shop.core import text
from shop.plugins import registry
from shop.plugins.api import unit_of_work

_PLAIN = {"category": "category", "post_tag": "tag"}
"""How WordPress calls the folder of a taxonomy that is not called as it is."""


class FormerAddresses:
    """The addresses of one site. `old` keeps them."""

    def __init__(self, survey: SiteSurvey, old: OldAddresses) -> None:
        self._survey = survey
        self._old = old
        self._tops = dict.fromkeys((survey.address, f"{survey.address}{survey.front}"))
        self._folders: dict[str, list[str]] = {}
        logins = {slug: slug for slug in map(text.slugify, survey.authors)}
        self._authors = [*(f"{each}/author" for each in self._tops), *survey.folders.of(logins)]

    def keep_item(self, item: WxrItem, article: Article) -> None:
        """Those of a post or page, its archives, its subjects and its author. They are stored with those of others."""
        top, here = self._survey.address, article_address(article)
        self._old.keep(here, item.link, f"{top}/?p={item.number}")
        if item.slug:
            before = item.old_slugs
            self._old.keep(
                here, *(f"/{slug}".join(item.link.rsplit(f"/{item.slug}", 1)) for slug in before)
            )
        if item.kind == "post" and item.published_at is not None:
            # The archives of its month and its day are found by that of its year.
            year = f"{item.published_at:%Y}/"
            self._old.keep("/articles/", *(f"{each}/{year}" for each in self._tops))
        self._keep_subjects(item, article)
        if article.author is not None:
            self._old.keep(
                author_address(article.author),
                *(f"{each}/{slug}/" for each in self._authors for slug in _slugs_of_author(item)),
            )

    def _keep_subjects(self, item: WxrItem, article: Article) -> None:
        by_name = {tag.name: tag.slug for tag in article.tags}
        for term in item.terms:
            slug = by_name.get(conversion.to_plain(term.name))
            if slug is not None:
                paths = dict.fromkeys((term.slug, self._survey.path_of(term.slug)))
                folders = self._folders_of(term.domain)
                self._old.keep(
                    f"/articles/tag/{slug}",
                    *(f"{each}/{path}/" for each in folders for path in paths),
                )

    def _folders_of(self, domain: str) -> list[str]:
        if domain not in self._folders:
            plain = _PLAIN.get(domain, domain)
            self._folders[domain] = [
                *(f"{each}/{plain}" for each in self._tops),
                *self._survey.folders_of(domain),
            ]
        return self._folders[domain]

    def keep_products(self) -> None:
        """Products come in with a file of their own, which knows their numbers, but not where they were."""
        waiting = iter(self._survey.products.items())
        while batch := list(islice(waiting, BATCH)):
            with unit_of_work():
                pages = self._old.where_are(f"/?p={number}" for number, _link in batch)
                for (_number, link), page in zip(batch, pages, strict=True):
                    if page:
                        self._old.keep(page, link)
                self._old.store()

    def keep_attachments(self) -> None:
        """The page that WordPress had for each picture leads to what the picture belongs to."""
        top = self._survey.address
        waiting = iter(self._survey.parents.items())
        while batch := list(islice(waiting, BATCH)):
            with unit_of_work():
                pages = self._old.where_are(
                    f"{top}/?p={parent}" for _number, (parent, _link) in batch
                )
                for (number, (_parent, link)), page in zip(batch, pages, strict=True):
                    if page:
                        self._old.keep(page, f"{top}/?p={number}", link)
                self._old.store()

    def keep_front(self) -> None:
        """Those of the whole blog, and of its feed."""
        top = self._survey.address  # of a blog that stood in a folder
        with unit_of_work():
            self._old.keep("/articles/", top, f"{top}/page/")
            if registry().has("feeds"):
                self._old.keep("/feed.xml", f"{top}/feed/")
                self._old.store()


def _slugs_of_author(item: WxrItem) -> Iterator[str]:
    """What the address of its author ended with: WordPress makes it of the login, without signs such as dots."""
    given = [slug for slug, _name in item.authors[:1]]
    yield from dict.fromkeys(filter(None, given or [item.login, text.slugify(item.login)]))
