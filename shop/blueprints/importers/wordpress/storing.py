"""Brings the items of a WXR file in: a few with their comments in one unit of work, converted before it is opened."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path, PurePosixPath

from click import Option
from flask_babel import gettext as _

from shop.blueprints.articles import services as article_services
from shop.blueprints.articles.authors.services import write_author
from shop.blueprints.articles.models import Article, ArticleKind, Author
from shop.blueprints.importers import pictures, queries
from shop.blueprints.importers.conversations import talk
from shop.blueprints.importers.formats import bundles, files
from shop.blueprints.importers.html import conversion
from shop.blueprints.importers.old_addresses import (
    OldAddresses,
)
from shop.blueprints.importers.pictures import Pictures
from shop.blueprints.importers.row_guard import one_row
from shop.blueprints.importers.wordpress import drafts, mending, reading, talking
from shop.blueprints.importers.wordpress.addresses import FormerAddresses
from shop.blueprints.importers.wordpress.drafts import PostDraft
from shop.blueprints.importers.wordpress.menus import Menus
from shop.blueprints.importers.wordpress.reading import WrittenComment, WxrItem
from shop.blueprints.importers.wordpress.survey import SiteSurvey, survey_site
from shop.core import text
from shop.plugins.api import ImportReport, Refused, db, unit_of_work

NAME_LENGTH = 80
MENU_ITEM = "nav_menu_item"
AT_ONCE = 5
"""Items in one unit of work: a commit costs as much as storing several, and others wait while they are stored."""
options = (
    mending.option,
    pictures.uploads_option,
    pictures.fetch_option,
    Option(
        ["--as-article"],
        default="",
        help="Further types of WordPress to import as articles, with commas between them, such as recipe,portfolio.",
    ),
    Option(["--as-page"], default="", help="The same, as pages."),
    files.max_mb,
)


def run(
    file: Path,
    report: ImportReport,
    *,
    mend: bool,
    max_mb: int,
    uploads: str | None = None,
    fetch_images: bool = False,
    as_article: str = "",
    as_page: str = "",
) -> None:
    """Bring a WXR file in, or all those of a folder or ZIP, and its pictures from the folder or ZIP `uploads`, or with
    `fetch_images` from the net. `as_article` and `as_page` name further types, with commas between them.

    Raises:
        Refused: the file is no use as a whole.
    """
    kinds = dict.fromkeys(_types(as_article), ArticleKind.ARTICLE)
    kinds |= dict.fromkeys(_types(as_page), ArticleKind.PAGE)
    with contextlib.ExitStack() as opened:
        readable = [
            opened.enter_context(mending.mended(each, report) if mend else mending.as_it_is(each))
            for each in opened.enter_context(_exports(file, max_mb=max_mb))
        ]
        kept = opened.enter_context(pictures.pictures_from(uploads, fetches=fetch_images))
        survey = survey_site(*readable)
        site = _Site(survey, report, kept, drafts.KINDS | kinds)
        waiting = chain.from_iterable(map(reading.items, readable))
        # What was downloaded for an item that is not stored yet would be downloaded again after a kill.
        while batch := list(islice(waiting, 1 if fetch_images else AT_ONCE)):
            site.bring_in(batch)
        site.finish()


def _types(written: str) -> list[str]:
    return [each.strip() for each in written.split(",") if each.strip()]


@contextlib.contextmanager
def _exports(file: Path, *, max_mb: int) -> Iterator[list[Path]]:
    """The files of an export: a large site is exported in several, and WordPress.com sends a ZIP of them.

    Raises:
        Refused: there is none, or one is too large or no plain file.
    """
    if not (file.is_dir() or files.is_zip(file)):
        files.require_harmless(file, max_mb=max_mb)
        yield [file]
        return
    with bundles.opened(file, max_mb=max_mb) as bundle, tempfile.TemporaryDirectory() as folder:
        names = sorted(name for name in bundle.names if name.lower().endswith(".xml"))
        if not names:
            raise Refused(_("%(name)s holds no WordPress export (XML).", name=file.name))
        found, left = [], max_mb * 1_000_000
        for number, name in enumerate(names):
            path = Path(folder) / f"{number}-{PurePosixPath(name).name}"
            try:
                bundle.copy_to(name, path, most=left)
            except Refused:
                raise Refused(_too_much(file, max_mb)) from None
            files.require_harmless(path, max_mb=max_mb)
            left -= path.stat().st_size
            found.append(path)
        yield found


def _too_much(file: Path, max_mb: int) -> str:
    said: str = (
        _(
            "%(name)s is a folder whose XML files are damaged, or have more than %(max_mb)s MB in all. "
            "Raise the limit with --max-mb.",
            name=file.name,
            max_mb=max_mb,
        )
        if file.is_dir()
        else _(
            "%(name)s is a ZIP archive whose XML files are damaged, or have more than %(max_mb)s MB in all. "
            "Raise the limit with --max-mb.",
            name=file.name,
            max_mb=max_mb,
        )
    )
    return said


@dataclass(slots=True)
class _Ready:
    """An item that was converted, and can be stored."""

    item: WxrItem
    draft: PostDraft
    comments: list[tuple[WrittenComment, str]]


class _Site:
    """A site on its way in."""

    def __init__(
        self,
        survey: SiteSurvey,
        report: ImportReport,
        kept: Pictures,
        kinds: Mapping[str, ArticleKind],
    ) -> None:
        self._kinds = kinds
        self.survey = survey
        self.pictures = kept
        self.report = report
        self.key, self.other_key = (f"wordpress:{name}" for name in survey.names)
        self.old = OldAddresses(self.key, survey.address)
        self.menus = Menus(survey, (self.key, self.other_key), self.old)
        self.addresses = FormerAddresses(survey, self.old)
        self._first_of: dict[int, tuple[str, str]] = {}
        self._translated: dict[tuple[str, str], tuple[str, str]] = {}

    def bring_in(self, items: list[WxrItem]) -> None:
        """Store a few items in one unit of work, each by itself: one that can't be stored leaves the others alone."""
        for item in items:
            if item.kind == MENU_ITEM:
                self.menus.note(item)
        items = [item for item in items if item.kind != MENU_ITEM]
        known = self._brought_in(items)
        ready = [each for item in items if (each := self._ready(item, known)) is not None]
        with unit_of_work():
            self.old.look_up(each.draft.body for each in ready)
            known = self._brought_in(items)
            for each in ready:
                self._store(each, known)
            self.old.store()

    def _brought_in(self, items: list[WxrItem]) -> dict[str | None, Article]:
        """What came in before, by its import keys. Items that share a number are asked for one by one."""
        keys = [f"{key}:post:{each.number}" for each in items for key in (self.key, self.other_key)]
        return queries.articles_brought_in(keys)

    def _ready(self, item: WxrItem, known: Collection[str | None]) -> _Ready | None:
        keys = {f"{key}:post:{item.number}" for key in (self.key, self.other_key)}
        # Nothing is read or fetched twice.
        pictures = self.pictures if keys.isdisjoint(known) else Pictures()
        try:
            draft = drafts.post_draft(item, self.survey, pictures, self._kinds)
        except Refused as refused:
            self._refuse_with_comments(item, refused.message)
            return None
        return _Ready(item, draft, talking.fit_comments(item, self.report))

    def _store(self, ready: _Ready, known: Mapping[str | None, Article]) -> None:
        item = ready.item
        with one_row(self.report, item.label):
            article, is_new = self._article(item, ready.draft, known)
            self._thread(item, article, ready.comments)
            db.session.flush()
            if is_new:
                # The last: they are stored for several items at once.
                self.addresses.keep_item(item, article)
            return
        self._refuse_comments(item, [written for written, _ in ready.comments])

    def finish(self) -> None:
        """What can only be done once everything is there."""
        for address, reason in self.pictures.missing.items():
            self.report.note(address[:120], _("the image stays a link: %(reason)s", reason=reason))
        self.addresses.keep_products()
        self.old.mend_links(self.report)
        self.addresses.keep_attachments()
        self.menus.store(self.report)
        if self.report.imported or self.report.unchanged:
            self.addresses.keep_front()

    def _refuse_with_comments(self, item: WxrItem, reason: str) -> None:
        self.report.refuse(item.label, reason)
        self._refuse_comments(item, list(item.comments))

    def _refuse_comments(self, item: WxrItem, comments: list[WrittenComment]) -> None:
        for written in comments:
            self.report.refuse(talking.label_of(written, item), _("its post or page was refused"))

    def _article(
        self, item: WxrItem, draft: PostDraft, known: Mapping[str | None, Article]
    ) -> tuple[Article, bool]:
        """The article of an item, and whether it is new."""
        name = self._name_of(item)
        is_alone = name == str(item.number)
        for key in (f"{each}:post:{name}" for each in (self.key, self.other_key)):
            found = known.get(key) if is_alone else queries.article_brought_in(key)
            if found is not None:
                self.report.accept(is_new=False)
                return found, False
        draft.body, has_open_links = self.old.led(draft.body)
        article = self._write(item, draft, f"{self.key}:post:{name}")
        if has_open_links:
            self.old.arrived(article)
        self._link_translations(item, article)
        if draft.slug and article.slug != text.slugify(draft.slug, max_length=110):
            draft.notes.append(
                _("its web address was already in use; it is now %(slug)s", slug=article.slug)
            )
        for remark in draft.notes:
            self.report.note(item.label, remark)
        self.report.accept(is_new=True)
        return article, True

    def _name_of(self, item: WxrItem) -> str:
        """What an item is known by: its number, and its address too where another item has the number already.

        Squarespace gives one number to several pages.
        """
        number = item.number or 0
        said = (item.link, item.title)
        if self._first_of.setdefault(number, said) == said:
            return str(number)
        return f"{number}:{text.slugify(item.link or item.title, max_length=50)}"

    def _write(self, item: WxrItem, draft: PostDraft, import_key: str) -> Article:
        return article_services.write_article(
            kind=draft.kind,
            import_key=import_key,
            title=draft.title,
            slug=draft.slug,
            body=draft.body,
            excerpt=draft.excerpt,
            state=draft.state,
            published_at=draft.published_at,
            tags=draft.tags,
            cover_id=draft.cover_id,
            language=draft.language,
            author=self._author(item),
            comments_open=item.comments_open and bool(item.kind != "page" or item.comments),
        )

    def _link_translations(self, item: WxrItem, article: Article) -> None:
        """The first text of a group is the original of those that follow."""
        if not item.translations:
            return
        said = (article.slug, article.language)
        original, language = self._translated.setdefault((item.kind, item.translations), said)
        if language != article.language:
            article_services.save_article(article, keeps_revision=False, translation_of=original)

    def _author(self, item: WxrItem) -> Author | None:
        given, name = next(iter(item.authors), ("", ""))
        slug = text.slugify(given or item.login.partition("@")[0])
        if not slug:
            return None
        known = queries.author_of_slug(slug)
        if known is not None:
            return known
        login = item.login
        name = conversion.to_plain(name or self.survey.authors.get(login, login))[:NAME_LENGTH]
        # Where the file has no name, a login that is an email address is nobody's to read.
        return write_author(name=name.partition("@")[0] or login[:NAME_LENGTH], slug=slug)

    def _thread(
        self, item: WxrItem, article: Article, comments: list[tuple[WrittenComment, str]]
    ) -> None:
        site = self.key
        if article.import_key and article.import_key.startswith(self.other_key):
            site = self.other_key
        arrivals = talking.arrivals(item, comments, self.survey, article_id=article.id, site=site)
        talk.import_talk(arrivals, self.report, label=item.label)
