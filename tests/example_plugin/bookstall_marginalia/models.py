"""The plugin's own table. Its name begins with `plugin_marginalia_`, so that it can't clash with anybody's."""

from __future__ import annotations

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from shop.plugins.api import Model, created, moment, primary_key


class Note(Model):
    """One note. Once taken down, it is there no more for readers."""

    __tablename__ = "plugin_marginalia_note"

    id: Mapped[primary_key]
    email: Mapped[str] = mapped_column(String(254), index=True)
    words: Mapped[str] = mapped_column(String(500))
    written_at: Mapped[created]
    taken_down_at: Mapped[moment | None]
