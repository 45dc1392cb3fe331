"""What is written, by whom, and under which addresses."""

from datetime import datetime
from enum import StrEnum

from flask_babel import lazy_gettext as _l
from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    false,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.core import clock
from shop.core.database.columns import BigId, UtcDateTime
from shop.core.labels import LabelledEnum
from shop.core.pictures.models import Picture
from shop.plugins.api import Model, created, moment, primary_key

TITLE_LENGTH = 200
SLUG_LENGTH = 120
EXCERPT_LENGTH = 400
GATE_LENGTH = 60


class ArticleKind(StrEnum):
    """An article is in the lists under its date; a page is alone."""

    ARTICLE = "article"
    PAGE = "page"


class ArticleState(LabelledEnum):
    """Whether readers may see it, from its date on."""

    DRAFT = "draft", _l("Draft")
    PUBLISHED = "published", _l("Published")


class Menu(LabelledEnum):
    """The menu that a page is in."""

    NONE = "", _l("None")
    PRIMARY = "primary", _l("At the top of every page")
    FOOTER = "footer", _l("At the bottom of every page")


class Author(Model):
    """Who writes. An author need not sign in (see `AuthorAccount`), and their articles stay when they leave.

    `links` are whole addresses of their pages elsewhere; `portrait` is a picture of the library, without which one is
    drawn.
    """

    __tablename__ = "author"

    id: Mapped[primary_key]
    slug: Mapped[str] = mapped_column(String(SLUG_LENGTH), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    bio: Mapped[str] = mapped_column(Text, default="")
    links: Mapped[list[str]] = mapped_column(JSON, default=list, server_default="[]")
    portrait_id: Mapped[int | None] = mapped_column(
        BigId, ForeignKey("media_picture.id", ondelete="SET NULL"), index=True
    )

    portrait: Mapped[Picture | None] = relationship()


class FormerAuthor(Model):
    """An address that an author had: whoever follows it is led to where they are now."""

    __tablename__ = "author_former_slug"

    slug: Mapped[str] = mapped_column(String(SLUG_LENGTH), primary_key=True)
    author_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("author.id", ondelete="CASCADE"), index=True
    )


class AuthorAccount(Model):
    """Who signs in and writes as which author: an author has one account at most, and an account one author."""

    __tablename__ = "author_account"

    author_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("author.id", ondelete="CASCADE"), primary_key=True
    )
    account_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("account.id", ondelete="CASCADE"), unique=True
    )


class Tag(Model):
    """A subject."""

    __tablename__ = "tag"

    id: Mapped[primary_key]
    slug: Mapped[str] = mapped_column(String(SLUG_LENGTH), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    description: Mapped[str] = mapped_column(Text, default="", server_default="")


class FormerTag(Model):
    """An address that a subject had, or one that was merged into it: whoever follows it is led to where it is now."""

    __tablename__ = "tag_former_slug"

    slug: Mapped[str] = mapped_column(String(SLUG_LENGTH), primary_key=True)
    tag_id: Mapped[int] = mapped_column(BigId, ForeignKey("tag.id", ondelete="CASCADE"), index=True)


class Article(Model):
    """An article or a page.

    `summary` is the excerpt, or the beginning of the text where there is none; `version` counts the saves, so that two
    editors at once notice each other. `related_guides` are product slugs. `cover` is a picture of the library, without
    which one is drawn. `gate` names who may read all of it (see `bodies`); it is empty where everyone may. `language`
    is a tag such as `de`; empty means that of the site (see `translations`).
    """

    __tablename__ = "article"
    __table_args__ = (
        UniqueConstraint("kind", "slug"),
        CheckConstraint("reading_minutes > 0", name="reading_minutes"),
        Index("ix_article_list", "kind", "state", "published_at", "id"),
        Index("ix_article_desk", "kind", "removed_at", "updated_at", "id"),
        Index("ix_article_author_newest", "author_id", "published_at", "id"),
    )

    id: Mapped[primary_key]
    kind: Mapped[str] = mapped_column(String(10), default=ArticleKind.ARTICLE)
    slug: Mapped[str] = mapped_column(String(SLUG_LENGTH))
    title: Mapped[str] = mapped_column(String(TITLE_LENGTH))
    excerpt: Mapped[str] = mapped_column(String(EXCERPT_LENGTH), default="")
    summary: Mapped[str] = mapped_column(String(EXCERPT_LENGTH), default="")
    body: Mapped[str] = mapped_column(Text, default="")
    meta_description: Mapped[str] = mapped_column(String(EXCERPT_LENGTH), default="")
    reading_minutes: Mapped[int] = mapped_column(default=1)
    author_id: Mapped[int | None] = mapped_column(
        BigId, ForeignKey("author.id", ondelete="RESTRICT"), index=True
    )
    state: Mapped[str] = mapped_column(String(10), default=ArticleState.DRAFT)
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    related_guides: Mapped[list[str]] = mapped_column(JSON, default=list)
    comments_open: Mapped[bool] = mapped_column(default=True)
    cover_id: Mapped[int | None] = mapped_column(
        BigId, ForeignKey("media_picture.id", ondelete="SET NULL"), index=True
    )
    gate: Mapped[str] = mapped_column(String(GATE_LENGTH), default="", server_default="")
    language: Mapped[str] = mapped_column(String(12), default="", server_default="")
    translation_of_id: Mapped[int | None] = mapped_column(
        BigId, ForeignKey("article.id", ondelete="SET NULL"), index=True
    )
    has_translations: Mapped[bool] = mapped_column(default=False, server_default=false())
    menu: Mapped[str] = mapped_column(String(10), default=Menu.NONE)
    menu_order: Mapped[int] = mapped_column(default=50)
    import_key: Mapped[str | None] = mapped_column(String(200), unique=True)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[created]
    updated_at: Mapped[moment] = mapped_column(default=clock.now)
    changed_by_id: Mapped[int | None] = mapped_column(
        BigId, ForeignKey("account.id", ondelete="SET NULL"), index=True
    )
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    was_public: Mapped[bool] = mapped_column(default=False)

    author: Mapped[Author | None] = relationship()
    cover: Mapped[Picture | None] = relationship()
    tag_links: Mapped[list["ArticleTag"]] = relationship(
        order_by="ArticleTag.position", cascade="all, delete-orphan", passive_deletes=True
    )

    @property
    def tags(self) -> list[Tag]:
        """Its subjects, the chief one first."""
        return [link.tag for link in self.tag_links]

    @property
    def is_page(self) -> bool:
        """Whether it is a page, which stands outside the lists."""
        return self.kind == ArticleKind.PAGE

    @property
    def is_public(self) -> bool:
        """Whether a stranger may read it now."""
        return (
            self.is_published and self.published_at is not None and self.published_at <= clock.now()
        )

    @property
    def is_published(self) -> bool:
        """Whether it is public, or will be when its time comes."""
        return self.state == ArticleState.PUBLISHED and self.removed_at is None

    @property
    def is_scheduled(self) -> bool:
        """Whether it waits for its time."""
        return self.is_published and not self.is_public


class ArticleTag(Model):
    """A subject of an article. `position` 0 is the chief one.

    `published_at` repeats the article's while it is published, and is None else: so that the newest articles of a tag
    are found by one walk along an index, however many there are.
    """

    __tablename__ = "article_tag"
    __table_args__ = (Index("ix_article_tag_newest", "tag_id", "published_at", "article_id"),)

    article_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("article.id", ondelete="CASCADE"), primary_key=True
    )
    tag_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("tag.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(default=0)
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    tag: Mapped[Tag] = relationship()


class FormerSlug(Model):
    """An address that an article had: whoever follows it is led to where the article is now."""

    __tablename__ = "article_former_slug"
    __table_args__ = (UniqueConstraint("kind", "slug"),)

    id: Mapped[primary_key]
    kind: Mapped[str] = mapped_column(String(10))
    slug: Mapped[str] = mapped_column(String(SLUG_LENGTH))
    article_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("article.id", ondelete="CASCADE"), index=True
    )
