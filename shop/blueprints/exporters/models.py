"""Exports that were begun in the admin."""

from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from shop.core import clock
from shop.core.database.columns import BigId, UtcDateTime
from shop.core.labels import LabelledEnum
from shop.plugins.api import Model, created, primary_key


class ExportKind(LabelledEnum):
    """What is written."""

    WHOLE = "whole", _l("Everything")
    STATIC = "static", _l("Static copy of the public pages")


class ExportState(LabelledEnum):
    """Where an export is."""

    WRITING = "writing", _l("Being written")
    READY = "ready", _l("Ready")
    FAILED = "failed", _l("Failed")
    GONE = "gone", _l("Expired")


class SiteExport(Model):
    """A file that staff asked for. `part` is what is being written now; the file is deleted at `expires_at`.

    `file` is its name in the store; `size` in bytes.
    """

    __tablename__ = "site_export"

    id: Mapped[primary_key]
    kind: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(10), default=ExportState.WRITING)
    part: Mapped[str] = mapped_column(String(40), default="")
    file: Mapped[str] = mapped_column(String(120), default="")
    size: Mapped[int] = mapped_column(BigId, default=0)
    counts: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    by_id: Mapped[int | None] = mapped_column(
        BigId, ForeignKey("account.id", ondelete="SET NULL"), index=True
    )
    created_at: Mapped[created]
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def kind_label(self) -> str:
        """What it holds, in words."""
        return ExportKind(self.kind).label

    @property
    def state_label(self) -> str:
        """Where it is, in words."""
        return ExportState(self.state).label

    @property
    def is_busy(self) -> bool:
        """Whether it is still being written."""
        return self.state == ExportState.WRITING

    @property
    def is_ready(self) -> bool:
        """Whether it can be downloaded now."""
        return (
            self.state == ExportState.READY
            and self.expires_at is not None
            and self.expires_at > clock.now()
        )
