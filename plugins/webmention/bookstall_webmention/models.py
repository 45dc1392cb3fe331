"""The plugin's tables."""

from __future__ import annotations

from sqlalchemy import BigInteger, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from shop.plugins.api import Model, created, moment, primary_key

WAITING, PUBLISHED, REFUSED, SPAM = "waiting", "published", "refused", "spam"
TOLD, NO_ENDPOINT, NOT_TAKEN, AWAY = "told", "no_endpoint", "not_taken", "away"
LONGEST_URL = 2000


class Mention(Model):
    """A page elsewhere that links to an article.

    `pair_key` is of the two addresses; `host` that of the page. `reasons` are what speaks against it, a line each.
    `version` grows with each change and each decision. `state_before` is where the last decision took it from; empty
    when there is nothing to undo. `verified_at` is when the link was last seen.
    """

    __tablename__ = "plugin_webmention_mention"
    __table_args__ = (
        Index("ix_plugin_webmention_mention_shown", "article_id", "state", "id"),
        Index("ix_plugin_webmention_mention_queue", "state", "id"),
        Index("ix_plugin_webmention_mention_host", "host", "state"),
        Index("ix_plugin_webmention_mention_verified", "state", "verified_at"),
    )

    id: Mapped[primary_key]
    pair_key: Mapped[str] = mapped_column(String(64), unique=True)
    article_id: Mapped[int] = mapped_column(BigInteger)
    source: Mapped[str] = mapped_column(String(LONGEST_URL))
    target: Mapped[str] = mapped_column(String(LONGEST_URL))
    host: Mapped[str] = mapped_column(String(255))
    title: Mapped[str] = mapped_column(String(200))
    author: Mapped[str] = mapped_column(String(80))
    excerpt: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10))
    reasons: Mapped[str] = mapped_column(Text, default="")
    version: Mapped[int] = mapped_column(default=0)
    state_before: Mapped[str] = mapped_column(String(10), default="")
    received_at: Mapped[created]
    verified_at: Mapped[moment]
    decided_at: Mapped[moment | None]


class Sent(Model):
    """A page that an article links to, or did. `outcome` is what became of telling it; empty until then."""

    __tablename__ = "plugin_webmention_sent"
    __table_args__ = (
        UniqueConstraint("article_id", "target_key", name="uq_plugin_webmention_sent_pair"),
        Index("ix_plugin_webmention_sent_host", "host"),
    )

    id: Mapped[primary_key]
    article_id: Mapped[int] = mapped_column(BigInteger)
    target_key: Mapped[str] = mapped_column(String(64))
    target: Mapped[str] = mapped_column(String(LONGEST_URL))
    host: Mapped[str] = mapped_column(String(255))
    is_linked: Mapped[bool] = mapped_column(default=True)
    outcome: Mapped[str] = mapped_column(String(20), default="")
    found_at: Mapped[created]
    told_at: Mapped[moment | None]
