"""Articles and pages on their way in, whatever system they come from."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from flask_babel import gettext as _
from flask_babel import ngettext

from shop.blueprints.articles import services
from shop.blueprints.articles.authors.services import BIO_LENGTH, is_web_address, write_author
from shop.blueprints.articles.models import (
    EXCERPT_LENGTH,
    TITLE_LENGTH,
    Article,
    ArticleKind,
    ArticleState,
    Author,
)
from shop.blueprints.importers import queries
from shop.blueprints.importers.old_addresses import OldAddresses, article_address, author_address
from shop.blueprints.importers.pictures import Pictures
from shop.blueprints.importers.row_guard import one_row
from shop.core import markdown, text
from shop.plugins import registry
from shop.plugins.api import ImportReport, Refused, unit_of_work

MOST_TAGS = 10
NAME_LENGTH = 80
KEY_LENGTH = 200


@dataclass(frozen=True, slots=True)
class AuthorArrival:
    """Who wrote something. Without a `slug` the address is made of the name; `links` are whole addresses."""

    name: str = ""
    slug: str = ""
    bio: str = ""
    links: tuple[str, ...] = ()
    old: str = ""


@dataclass(slots=True)
class ArticleArrival:
    """An article or a page to be stored. `body` is Markdown; `notes` say what differs from the original.

    Attributes:
        label: what a report calls it.
        key: what it is known by in a second run.
        tags: by their names, each with its old address, which may be empty.
        old: its old addresses.
        cover: the address of its featured image there.
        language: a tag such as `de`; empty for that of the site.
        translations: what all translations of a text share.
    """

    label: str
    key: str
    title: str
    slug: str
    body: str
    excerpt: str = ""
    is_page: bool = False
    is_public: bool = True
    published_at: datetime | None = None
    author: AuthorArrival = AuthorArrival()
    tags: dict[str, str] = field(default_factory=dict)
    old: tuple[str, ...] = ()
    cover: str = ""
    language: str = ""
    translations: str = ""
    notes: list[str] = field(default_factory=list)


class Magazine:
    """One former site on its way in. `origin` names it among redirects, `site` is its address where that is known,
    `put_right` changes an arrival as the owner wants it, and `pictures` are those that come along.
    """

    def __init__(
        self,
        origin: str,
        site: str,
        report: ImportReport,
        put_right: Callable[[ArticleArrival], None],
        pictures: Pictures,
    ) -> None:
        self._report = report
        self._put_right = put_right
        self._old = OldAddresses(origin, site)
        self._pictures = pictures
        self._seen: set[str] = set()
        self._translated: dict[str, tuple[str, str]] = {}

    def pictures_of(self, key: str) -> Pictures:
        """What keeps the pictures of a text; none where it came in before, so that nothing is read or fetched twice."""
        is_known = queries.article_brought_in(key[:KEY_LENGTH]) is not None
        return Pictures() if is_known else self._pictures

    def bring_in(self, arrival: ArticleArrival) -> None:
        """Store one, with its author, its subjects, its cover and its old addresses. Outside a unit of work."""
        arrival.body = self._pictures.in_library(arrival.body)
        cover_id = self.pictures_of(arrival.key).number_of(arrival.cover) if arrival.cover else None
        if arrival.cover and cover_id is None:
            arrival.notes.append(
                _(
                    "its featured image was not downloaded: %(address)s",
                    address=text.excerpt(arrival.cover, 300),
                )
            )
        with one_row(self._report, arrival.label):
            key = arrival.key[:KEY_LENGTH]
            if key in self._seen:
                raise Refused(_("another one has the same number"))
            self._seen.add(key)
            if queries.article_brought_in(key) is not None:
                self._report.accept(is_new=False)
                return
            self._put_right(arrival)
            _make_fit(arrival)
            arrival.body = self._old.with_host(arrival.body)
            self._old.look_up([arrival.body])
            arrival.body, has_open_links = self._old.led(arrival.body)
            article = self._write(arrival, key, cover_id)
            if has_open_links:
                self._old.arrived(article)
            self._keep_addresses(arrival, article)
            for remark in arrival.notes:
                self._report.note(arrival.label, remark)
            self._report.accept(is_new=True)

    def refuse(self, label: str, reason: str) -> None:
        """Say that one can't come in."""
        self._report.refuse(label, reason)

    def finish(self, *feeds: str) -> None:
        """Let links between pages lead to their new addresses, and old addresses of feeds to ours."""
        for address, reason in self._pictures.missing.items():
            self._report.note(address[:120], _("the image stays a link: %(reason)s", reason=reason))
        self._old.mend_links(self._report)
        if self._report.imported and registry().has("feeds"):
            with unit_of_work():
                self._old.keep("/feed.xml", *feeds)
                self._old.store()

    def _write(self, arrival: ArticleArrival, key: str, cover_id: int | None) -> Article:
        article = services.write_article(
            kind=ArticleKind.PAGE if arrival.is_page else ArticleKind.ARTICLE,
            import_key=key,
            title=arrival.title,
            slug=arrival.slug,
            body=arrival.body,
            excerpt=arrival.excerpt,
            state=ArticleState.PUBLISHED if arrival.is_public else ArticleState.DRAFT,
            published_at=arrival.published_at,
            tags=list(arrival.tags),
            author=_author_of(arrival.author),
            cover_id=cover_id,
            language=arrival.language,
        )
        self._link_translations(arrival, article)
        wanted = text.slugify(arrival.slug, max_length=110)
        if wanted and article.slug != wanted:
            arrival.notes.append(
                _("its web address was already in use; it is now %(slug)s", slug=article.slug)
            )
        return article

    def _link_translations(self, arrival: ArticleArrival, article: Article) -> None:
        """The first text of a group is the original of those that follow."""
        if not arrival.translations:
            return
        group = f"{article.kind}:{arrival.translations}"
        said = (article.slug, arrival.language)
        original, language = self._translated.setdefault(group, said)
        if language != arrival.language:
            services.save_article(article, keeps_revision=False, translation_of=original)

    def _keep_addresses(self, arrival: ArticleArrival, article: Article) -> None:
        self._old.keep(article_address(article), *arrival.old)
        if article.author is not None:
            self._old.keep(author_address(article.author), arrival.author.old)
        for tag in article.tags:
            self._old.keep(f"/articles/tag/{tag.slug}", arrival.tags.get(tag.name, ""))
        self._old.store()


def _make_fit(arrival: ArticleArrival) -> None:
    if len(arrival.title) > TITLE_LENGTH:
        arrival.notes.append(_("its title was cut to %(limit)s characters", limit=TITLE_LENGTH))
        arrival.title = text.excerpt(arrival.title, TITLE_LENGTH)
    if not arrival.title:
        arrival.title = text.excerpt(markdown.plain_text(arrival.body), 60) or "Untitled"
        arrival.notes.append(
            _("it had no title; its title is now “%(title)s”", title=arrival.title)
        )
    if len(arrival.excerpt) > EXCERPT_LENGTH:
        arrival.notes.append(_("its excerpt was cut to %(limit)s characters", limit=EXCERPT_LENGTH))
    if arrival.is_public and arrival.published_at is None and not arrival.is_page:
        arrival.is_public = False
        arrival.notes.append(_("it had no date; it was saved as a draft"))
    fit = {
        text.slugify(name): (name, old)
        for name, old in arrival.tags.items()
        if text.slugify(name) and len(name) <= NAME_LENGTH
    }
    kept = [] if arrival.is_page else list(fit.values())[:MOST_TAGS]
    if len(kept) < len(arrival.tags) and not arrival.is_page:
        arrival.notes.append(
            ngettext(
                "%(num)d of its tags was left out",
                "%(num)d of its tags were left out",
                len(arrival.tags) - len(kept),
            )
        )
    arrival.tags = dict(kept)


def _author_of(arrival: AuthorArrival) -> Author | None:
    """The author, made where there is none yet. One who is there stays as they are."""
    name = text.clean_line(arrival.name)[:NAME_LENGTH]
    if not name:
        return None
    slug = text.slugify(arrival.slug or name) or "author"
    known = queries.author_of_slug(slug)
    if known is not None:
        return known
    bio = text.clean_block(arrival.bio)[:BIO_LENGTH]
    links = [link for link in arrival.links if is_web_address(link)]
    return write_author(name=name, slug=slug, bio=bio, links=links)


_ZONE = re.compile(r"\s+(?=(?:[+-]\d\d:?\d\d|Z)$)")
_WRITTEN = (
    "%B %d, %Y",
    "%b %d, %Y",
    "%d %B %Y",
    "%d %b %Y",
    "%Y/%m/%d",
    "%Y-%m-%d",
    "%Y-%m-%d %H:%M",
)


def moment_in(written: object) -> datetime | None:
    """A moment of a file, in UTC; without a zone it is taken to be UTC. It may be written as ISO 8601 has it, RFC 5322,
    or in English: March 9, 2021. None for anything else.
    """
    said = _ZONE.sub("", str(written).strip().removesuffix(" UTC"))[:60]
    moment = _iso_moment(said) or _written_moment(said)
    if moment is None:
        return None
    if not 1970 <= moment.year < 9000:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _iso_moment(said: str) -> datetime | None:
    with contextlib.suppress(ValueError):
        return datetime.fromisoformat(said)
    return None


def _written_moment(said: str) -> datetime | None:
    with contextlib.suppress(ValueError, TypeError, OverflowError):
        return parsedate_to_datetime(said)
    for form in _WRITTEN:
        with contextlib.suppress(ValueError):
            return datetime.strptime(said, form)  # noqa: DTZ007 - who calls says the zone
    return None
