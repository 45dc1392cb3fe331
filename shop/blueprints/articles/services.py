"""What happens to articles and pages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, TypedDict, Unpack

from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError

from shop.blueprints.accounts.models import Account
from shop.blueprints.articles import addresses, tagging, translations
from shop.blueprints.articles.authors import services as authors
from shop.blueprints.articles.bodies import Audience, gate_of, readable
from shop.blueprints.articles.models import (
    EXCERPT_LENGTH,
    TITLE_LENGTH,
    Article,
    ArticleKind,
    ArticleState,
    Author,
    Menu,
)
from shop.blueprints.articles.queries import LINKS_TAG, MENU_TAG, SCHEDULE_TAG
from shop.blueprints.articles.writing.revisions import keep_revision, revision_of
from shop.core import clock, events, jobs, markdown, text
from shop.core.pictures.drawing import drawable
from shop.plugins.api import Refused, db, purge
from shop.plugins.api.events import ArticleChanged, ArticlePublished, ArticleRemoved

APPEAR = "articles.appear"

_OWN_COLUMNS = frozenset(
    {
        "body",
        "changed_by_id",
        "comments_open",
        "cover_id",
        "excerpt",
        "gate",
        "menu",
        "menu_order",
        "meta_description",
        "reading_minutes",
        "related_guides",
        "updated_at",
        "version",
        "was_public",
    }
)
"""What of an article no link to it shows."""


class Fields(TypedDict, total=False):
    """What can be said of an article. `tags` are names, the chief one first; `related_guides` product slugs.

    An empty `slug` is made from the title. `published_at` in the future schedules what is published. `cover_id` is the
    number of a picture of the library. `language` is a tag, or empty for that of the site; `translation_of` the slug of
    an article of the same kind.
    """

    title: str
    body: str
    slug: str
    excerpt: str
    meta_description: str
    author: Author | None
    tags: Sequence[str]
    related_guides: Sequence[str]
    state: ArticleState | str
    published_at: datetime | None
    comments_open: bool
    gate: str
    language: str
    translation_of: str
    cover_id: int | None
    menu: Menu | str
    menu_order: int


class _Before(NamedTuple):
    """What an article was before a change."""

    is_public: bool
    is_scheduled: bool
    links: tuple[object, ...] | None


class Conflict(Refused):
    """Someone else saved the article since it was opened for editing. `by` is None when nobody knows who."""

    def __init__(self, article: Article, by: Account | None) -> None:
        super().__init__(_("Someone else changed this while you were writing."))
        self.article = article
        self.by = by
        self.at = article.updated_at


def write_article(
    *,
    kind: ArticleKind | str = ArticleKind.ARTICLE,
    import_key: str | None = None,
    by: Account | None = None,
    **fields: Unpack[Fields],
) -> Article:
    """Make an article or a page. What is imported gets another address when its own is taken.

    Raises:
        Refused: the address is taken, the text is too long, a tag can't be an address.
    """
    article = Article(
        kind=ArticleKind(kind),
        import_key=import_key,
        comments_open=ArticleKind(kind) is ArticleKind.ARTICLE,
        changed_by_id=by.id if by else None,
        state=ArticleState.DRAFT,
        menu=Menu.NONE,
        published_at=None,
        removed_at=None,
        was_public=False,
        version=1,
    )
    wanted = fields.pop("slug", "")
    _apply(article, fields)
    article.slug = addresses.choose(article, wanted, may_vary=import_key is not None)
    _store(article)
    _tell(article, _Before(is_public=False, is_scheduled=False, links=None))
    return article


def save_article(
    article: Article,
    *,
    version: int | None = None,
    by: Account | None = None,
    keeps_revision: bool = True,
    **fields: Unpack[Fields],
) -> None:
    """Change what is given of an article. `version` is the one that was opened for editing.

    Without `keeps_revision` the text before can't be restored: for what nobody wrote, such as an address in a link.

    Raises:
        Conflict: someone else saved it in the meantime; nothing is changed.
        Refused: the address is taken, the text is too long, a tag can't be an address.
    """
    before = _lock(article)
    if version is not None and article.version != version:
        changed_by = article.changed_by_id
        raise Conflict(article, db.session.get(Account, changed_by) if changed_by else None)
    _change(article, fields, by=by, before=before, keeps_revision=keeps_revision)


def publish_article(
    article: Article, *, at: datetime | None = None, by: Account | None = None
) -> None:
    """Let readers see an article from `at` on: at once, unless a moment is given. It keeps a date it had before."""
    now = clock.now()
    known = article.published_at
    moment = at or (known if known is not None and known <= now else now)
    save_article(article, by=by, state=ArticleState.PUBLISHED, published_at=moment)


def unpublish(article: Article, *, by: Account | None = None) -> None:
    """Take an article back to a draft."""
    save_article(article, by=by, state=ArticleState.DRAFT)


def remove_article(article: Article, *, by: Account | None = None) -> None:
    """Take an article away; its address says that it is gone. Removing twice changes nothing."""
    before = _lock(article)
    if article.removed_at is None:
        article.removed_at = clock.now()
        _change(article, {"state": ArticleState.DRAFT}, by=by, before=before)


def restore_article(article: Article, *, by: Account | None = None) -> None:
    """Bring a removed article back, as a draft. What is there already stays as it is."""
    before = _lock(article)
    if article.removed_at is not None:
        article.removed_at = None
        _change(article, {}, by=by, before=before)


def appear(payload: dict[str, object]) -> None:
    """The moment of a scheduled article has come: say so, unless it was put off or taken back."""
    article = db.session.get(Article, payload["article_id"])
    if article is None or not article.is_public or article.published_at is None:
        return
    if article.published_at.isoformat() == payload["published_at"]:
        events.publish(ArticlePublished(article_id=article.id))
        _forget_pages(article)
        purge(LINKS_TAG)


def _lock(article: Article) -> _Before:
    """Read an article again, and keep others from changing it until the commit."""
    db.session.refresh(article, with_for_update=True)
    return _Before(article.is_public, article.is_scheduled, _links_to(article))


def _links_to(article: Article) -> tuple[object, ...] | None:
    """All that pages of other articles show of this one, now or when its time comes; None where they show nothing."""
    if not article.is_published:
        return None
    names = (column.key for column in Article.__table__.columns if column.key not in _OWN_COLUMNS)
    return (*(getattr(article, name) for name in names), *(tag.id for tag in article.tags))


def _change(
    article: Article,
    fields: Fields,
    *,
    by: Account | None,
    before: _Before,
    keeps_revision: bool = True,
) -> None:
    wanted = fields.pop("slug", None)
    revision = revision_of(article)
    _apply(article, fields)
    if wanted is not None:
        addresses.move(article, wanted)
    article.version += 1
    article.updated_at = clock.now()
    article.changed_by_id = by.id if by else None
    _store(article)
    if keeps_revision:
        keep_revision(revision, article)
    _tell(article, before)


def _apply(article: Article, fields: Fields) -> None:
    if "title" in fields:
        article.title = text.clean_line(fields["title"])[:TITLE_LENGTH] or _("Untitled")
    if "author" in fields:
        authors.set_author(article, fields["author"])
    if "comments_open" in fields:
        article.comments_open = fields["comments_open"]
    if "menu" in fields:
        article.menu = Menu(fields["menu"])
    if "menu_order" in fields:
        article.menu_order = fields["menu_order"]
    if "related_guides" in fields:
        article.related_guides = list(fields["related_guides"])
    if "tags" in fields:
        tagging.set_tags(article, fields["tags"])
    if "gate" in fields:
        _put_behind(article, fields["gate"])
    if "cover_id" in fields:
        _cover(article, fields["cover_id"])
    _apply_language(article, fields)
    _apply_words(article, fields)
    _apply_date(article, fields)


def _apply_language(article: Article, fields: Fields) -> None:
    if "language" in fields:
        translations.write_in(article, fields["language"])
    if "translation_of" in fields:
        translations.link(article, fields["translation_of"])
    if {"language", "translation_of"} & fields.keys():
        translations.refuse_second(article)


def _put_behind(article: Article, gate: str) -> None:
    before, article.gate = article.gate, gate
    if gate and gate != before and gate_of(article) is None:
        raise Refused(_("Choose one of the options."), field="gate")


def _cover(article: Article, picture_id: int | None) -> None:
    if picture_id is not None and picture_id != article.cover_id and not drawable([picture_id]):
        raise Refused(_("There is no image with this number."), field="cover")
    article.cover_id = picture_id


def _apply_words(article: Article, fields: Fields) -> None:
    if "body" in fields:
        if len(fields["body"]) > markdown.MAX_ARTICLE:
            longest = f"{markdown.MAX_ARTICLE:,}"
            raise Refused(_("Use at most %(longest)s characters.", longest=longest), field="body")
        article.body = text.clean_block(fields["body"])
        article.reading_minutes = text.reading_minutes(article.body)
    if "excerpt" in fields:
        article.excerpt = text.excerpt(fields["excerpt"], EXCERPT_LENGTH)
    if "meta_description" in fields:
        article.meta_description = text.excerpt(fields["meta_description"], EXCERPT_LENGTH)
    if {"body", "excerpt", "gate"} & fields.keys():
        public = markdown.plain_text(readable(article, Audience.EVERYONE))
        article.summary = article.excerpt or text.excerpt(public)


def _apply_date(article: Article, fields: Fields) -> None:
    if "published_at" in fields:
        article.published_at = fields["published_at"]
    if "state" in fields:
        article.state = ArticleState(fields["state"])
    if article.state == ArticleState.PUBLISHED and article.published_at is None:
        article.published_at = clock.now()


def _store(article: Article) -> None:
    tagging.date_tags(article)
    try:
        with db.session.begin_nested():
            db.session.add(article)
    except IntegrityError:  # someone took the address a moment ago
        raise Refused(_("This web address is already in use."), field="slug") from None


def _tell(article: Article, before: _Before) -> None:
    if article.is_public:
        fact = ArticleChanged if before.is_public else ArticlePublished
        events.publish(fact(article_id=article.id))
    elif before.is_public:
        article.was_public = True
        events.publish(ArticleRemoved(article_id=article.id))
    if article.is_scheduled and article.published_at is not None:
        payload = {"article_id": article.id, "published_at": article.published_at.isoformat()}
        jobs.enqueue(APPEAR, payload, run_at=article.published_at)
    if before.is_public or article.is_public:
        _forget_pages(article)
    if before.links != _links_to(article):
        purge(LINKS_TAG)
        if before.is_scheduled or article.is_scheduled:
            purge(SCHEDULE_TAG)


def _forget_pages(article: Article) -> None:
    purge(f"article:{article.id}", MENU_TAG if article.is_page else "articles")
