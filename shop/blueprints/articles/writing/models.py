"""What the editor keeps besides an article: its earlier texts, words that were not saved, and who has it open."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.blueprints.accounts.models import Account
from shop.blueprints.articles.models import EXCERPT_LENGTH, TITLE_LENGTH
from shop.core.database.changed_rows import EVERYTHING, UNLOGGED
from shop.core.database.columns import BigId, UtcDateTime
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
