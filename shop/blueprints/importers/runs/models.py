"""Imports that were begun in the admin, and the rows that each brought."""

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from shop.core.database.columns import BigId, UtcDateTime
from shop.core.labels import LabelledEnum
from shop.plugins.api import Model, created, primary_key


class RunState(LabelledEnum):
    """Where an import is. *Checked* has been tried and brought nothing yet."""

    CHECKING = "checking", _l("Being checked")
    CHECKED = "checked", _l("Checked")
    RUNNING = "running", _l("Importing")
    DONE = "done", _l("Imported")
    FAILED = "failed", _l("Failed")
    UNDOING = "undoing", _l("Being undone")
    UNDONE = "undone", _l("Undone")


class ImportRun(Model):
    """One file on its way in.

    Attributes:
        importer: its word on the command line.
        file: the name of what was uploaded, in the store; empty once it has been deleted.
        map_file: the same of the map beside it.
        given: what was filled in beside the file, by the names of the importer's options.
        notes: groups of `[reason, how many, the first rows]`, as `refusals`.
        error: why nothing can come in, or why it broke off.
        is_partial: the check ended before the file did, because it may not hold others up.
    """

    __tablename__ = "import_run"

    id: Mapped[primary_key]
    importer: Mapped[str] = mapped_column(String(80))
    file_name: Mapped[str] = mapped_column(String(200))
    file: Mapped[str] = mapped_column(String(120))
    map_file: Mapped[str] = mapped_column(String(120), default="")
    given: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    state: Mapped[str] = mapped_column(String(10), default=RunState.CHECKING)
    imported: Mapped[int] = mapped_column(default=0)
    unchanged: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)
    notes: Mapped[list[Any]] = mapped_column(JSON, default=list)
    refusals: Mapped[list[Any]] = mapped_column(JSON, default=list)
    error: Mapped[str] = mapped_column(String(500), default="")
    is_partial: Mapped[bool] = mapped_column(default=False)
    by_id: Mapped[int | None] = mapped_column(
        BigId, ForeignKey("account.id", ondelete="SET NULL"), index=True
    )
    created_at: Mapped[created]
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def state_label(self) -> str:
        """Where it is, in words."""
        return RunState(self.state).label

    @property
    def is_busy(self) -> bool:
        """Whether a job works on it."""
        return self.state in {RunState.CHECKING, RunState.RUNNING, RunState.UNDOING}

    @property
    def can_start(self) -> bool:
        """Whether it can be brought in now: checked, and the file is still there."""
        return self.state == RunState.CHECKED and bool(self.file) and not self.error

    @property
    def can_be_checked(self) -> bool:
        """Whether it can be tried again, with a map perhaps."""
        return not self.is_busy and self.state != RunState.UNDONE and bool(self.file)

    @property
    def can_be_undone(self) -> bool:
        """Whether what it brought can be taken back."""
        return self.state in {RunState.DONE, RunState.FAILED} and self.imported > 0


class ImportArrival(Model):
    """A row that an import brought: `kind` is its table."""

    __tablename__ = "import_arrival"
    __table_args__ = (Index("ix_import_arrival_run_kind", "run_id", "kind", "id"),)

    id: Mapped[primary_key]
    run_id: Mapped[int] = mapped_column(BigId, ForeignKey("import_run.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(40))
    row_id: Mapped[int] = mapped_column(BigId)
