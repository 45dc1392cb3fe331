"""The plugin's tables."""

from __future__ import annotations

from sqlalchemy import BigInteger, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from shop.plugins.api import Model, Moderated, WrittenText, created, moment, primary_key

TOLD, NO_ENDPOINT, NOT_TAKEN, AWAY = "told", "no_endpoint", "not_taken", "away"
OUTCOMES = frozenset({"", TOLD, NO_ENDPOINT, NOT_TAKEN, AWAY})
LONGEST_URL = 2000


def tag_of(article_id: int) -> str:
    """What every page with mentions of an article is made of."""
    return f"webmention:{article_id}"


class Mention(Moderated, Model):
    """A page elsewhere that links to an article.

    `pair_key` is of the two addresses; `host` that of the page. `verified_at` is when the link was last looked for.
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
    received_at: Mapped[created]
    verified_at: Mapped[moment]

    def tags(self) -> tuple[str, ...]:
        """What the pages that show it are made of."""
        return (tag_of(self.article_id),)

    def written(self) -> WrittenText:
        """What checks judge."""
        return WrittenText(body=f"{self.title}\n\n{self.excerpt}", author=self.author)


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
