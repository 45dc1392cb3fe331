"""Redirects, and addresses where people found nothing."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from shop.core.database.changed_rows import EVERYTHING, UNLOGGED
from shop.core.database.columns import UtcDateTime
from shop.plugins.api import Model, created, primary_key

LONGEST_ADDRESS = 500


class Redirect(Model):
    """From an old address to a page of this site. Both are paths; `source` as `addresses.plain_address` writes it.

    `origin` is the import that wrote it, empty where a person did. `hits` counts visits, roughly.
    """

    __tablename__ = "redirect"
    __table_args__ = ({"info": {UNLOGGED: {"changed"}}},)  # visits are counted in it

    id: Mapped[primary_key]
    source: Mapped[str] = mapped_column(String(LONGEST_ADDRESS), unique=True)
    target: Mapped[str] = mapped_column(String(LONGEST_ADDRESS), index=True)
    origin: Mapped[str] = mapped_column(String(200), default="", index=True)
    hits: Mapped[int] = mapped_column(default=0)
    last_hit_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[created]


class MissedAddress(Model):
    """An address where people found nothing: how often, and when last."""

    __tablename__ = "missed_address"
    __table_args__ = ({"info": {UNLOGGED: EVERYTHING}},)  # these come with every visit

    id: Mapped[primary_key]
    path: Mapped[str] = mapped_column(String(LONGEST_ADDRESS), unique=True)
    hits: Mapped[int] = mapped_column(default=0)
    last_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
