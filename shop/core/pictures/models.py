"""Pictures of the library."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from shop.core.database.columns import UtcDateTime, created, primary_key
from shop.extensions import Model

ALT_LENGTH, CAPTION_LENGTH, NAME_LENGTH = 300, 500, 120


class PictureState(StrEnum):
    """How far a picture is: uploaded, drawn in all sizes, or of bytes that could not be drawn."""

    WAITING = "waiting"
    READY = "ready"
    FAILED = "failed"


class Picture(Model):
    """One picture.

    `key` is the SHA-256 of what was uploaded and names its files; `width` and `height` are those of the upright picture
    in pixels. `focus_x` and `focus_y` say in percent, from the left and from the top, what must stay in sight where it
    is cut.
    """

    __tablename__ = "media_picture"
    __table_args__ = (
        CheckConstraint("focus_x BETWEEN 0 AND 100", name="focus_x"),
        CheckConstraint("focus_y BETWEEN 0 AND 100", name="focus_y"),
        Index("ix_media_picture_list", "removed_at", "id"),
    )

    id: Mapped[primary_key]
    key: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    alt: Mapped[str] = mapped_column(String(ALT_LENGTH), default="")
    caption: Mapped[str] = mapped_column(String(CAPTION_LENGTH), default="")
    focus_x: Mapped[int] = mapped_column(default=50)
    focus_y: Mapped[int] = mapped_column(default=50)
    width: Mapped[int]
    height: Mapped[int]
    state: Mapped[str] = mapped_column(String(10), default=PictureState.WAITING)
    created_at: Mapped[created]
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
