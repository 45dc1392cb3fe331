"""What readers propose to be read next. Staff decide what of it the margin shows."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint
from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, mapped_column

from shop.plugins.api import (
    Model,
    Moderated,
    WrittenText,
    db,
    judge_text,
    moderation_desk,
    primary_key,
    unit_of_work,
)


class Proposal(Moderated, Model):
    """A book that a reader proposes."""

    __tablename__ = "plugin_marginalia_proposal"

    id: Mapped[primary_key]
    words: Mapped[str] = mapped_column(String(500))

    def tags(self) -> tuple[str, ...]:
        """The page that shows it."""
        return ("marginalia",)

    def written(self) -> WrittenText:
        """What checks judge."""
        return WrittenText(body=self.words)


desk: Blueprint = moderation_desk("marginalia-proposals", Proposal, "marginalia/proposals.html")


def propose(words: str, address: str) -> None:
    """Take a proposal; readers see it once nothing speaks against it."""
    verdict = judge_text(WrittenText(body=words, address=address))
    with unit_of_work():
        Proposal(words=words).begin(verdict)


def published() -> Sequence[Proposal]:
    """What readers see."""
    shown = select(Proposal).where(Proposal.state == "published")
    return db.session.scalars(shown.order_by(Proposal.id.desc()).limit(20)).all()
