"""What the editor keeps besides an article: its earlier texts, words that were not saved, and who has it open."""

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import JSON, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.blueprints.accounts.models import Account
from shop.blueprints.articles.models import EXCERPT_LENGTH, TITLE_LENGTH, Article
from shop.core import clock
from shop.core.database.changed_rows import EVERYTHING, UNLOGGED
from shop.core.database.columns import BigId, UtcDateTime
from shop.core.secrets.secret_links import HasSecretLink
from shop.plugins.api import Model, moment, primary_key

PLACE_LENGTH = 40


class Revision(Model):
    """The text of an article as somebody saved it. `version` is the article's own count of saves. Never changed.

    The log of who did what names the save itself, so these rows are not in it once more.
    """

    __tablename__ = "article_revision"
    __table_args__ = (
        UniqueConstraint("article_id", "version"),
        {"info": {UNLOGGED: EVERYTHING}},
    )

    id: Mapped[primary_key]
    article_id: Mapped[int] = mapped_column(BigId, ForeignKey("article.id", ondelete="CASCADE"))
    version: Mapped[int]
    title: Mapped[str] = mapped_column(String(TITLE_LENGTH))
    excerpt: Mapped[str] = mapped_column(String(EXCERPT_LENGTH))
    body: Mapped[str] = mapped_column(Text)
    saved_at: Mapped[moment]
    saved_by_id: Mapped[int | None] = mapped_column(
        BigId, ForeignKey("account.id", ondelete="SET NULL"), index=True
    )

    saved_by: Mapped[Account | None] = relationship()


class UnsavedWords(Model):
    """What somebody typed into a form and did not save: one row for each person and form.

    `place` is the kind of article and its number, or "new"; `typed` the fields as they were sent, as (name, value),
    with the version that was opened for editing among them.
    """

    __tablename__ = "article_unsaved"
    __table_args__ = (
        UniqueConstraint("account_id", "place"),
        {"info": {UNLOGGED: EVERYTHING}},
    )

    id: Mapped[primary_key]
    account_id: Mapped[int] = mapped_column(BigId, ForeignKey("account.id", ondelete="CASCADE"))
    article_id: Mapped[int | None] = mapped_column(
        BigId, ForeignKey("article.id", ondelete="CASCADE"), index=True
    )
    place: Mapped[str] = mapped_column(String(PLACE_LENGTH))
    typed: Mapped[list[tuple[str, str]]] = mapped_column(JSON)
    kept_at: Mapped[moment]


class Presence(Model):
    """Somebody has an article open in the editor, and was there at this moment."""

    __tablename__ = "article_presence"
    __table_args__ = ({"info": {UNLOGGED: EVERYTHING}},)

    article_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("article.id", ondelete="CASCADE"), primary_key=True
    )
    account_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("account.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SharedDraft(HasSecretLink, Model):
    """A link by which anyone who has it may read an article before it is public, until it expires."""

    __tablename__ = "article_shared_draft"

    id: Mapped[primary_key]
    article_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("article.id", ondelete="CASCADE"), unique=True
    )
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)

    article: Mapped[Article] = relationship()

    @property
    def is_open(self) -> bool:
        """Whether it opens the article now."""
        return self.expires_at > clock.now()


class LinkAnswer(Model):
    """What came of following a link of an article. `status` is that of HTTP, or 0 where nobody answered in time."""

    __tablename__ = "article_link_answer"
    __table_args__ = ({"info": {UNLOGGED: EVERYTHING}},)

    id: Mapped[primary_key]
    article_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("article.id", ondelete="CASCADE"), index=True
    )
    url: Mapped[str] = mapped_column(Text)
    status: Mapped[int]
    tried_at: Mapped[moment]

    @property
    def is_good(self) -> bool:
        """Whether a reader gets a page there."""
        return 200 <= self.status < 400

    @property
    def said(self) -> str:
        """What a writer reads of it."""
        return str(self.status) if self.status else _("no answer")
