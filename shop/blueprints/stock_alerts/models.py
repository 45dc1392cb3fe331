"""Who waits for what."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.blueprints.catalog.models import Variant
from shop.core.database.columns import UtcDateTime
from shop.core.secrets.secret_links import HasSecretLink
from shop.plugins.api import Model, created, primary_key


class AlertState(StrEnum):
    """Where an alert is. *Asked* means that nobody has looked yet whether the same one waits."""

    ASKED = "asked"
    WAITING = "waiting"
    SENT = "sent"
    CANCELLED = "cancelled"


_WAITING = text("state = 'waiting'")


class StockAlert(HasSecretLink, Model):
    """One address, lower-cased, that waits for one variant. `token` opens the page for cancelling."""

    __tablename__ = "stock_alert"
    __table_args__ = (
        Index(
            "uq_stock_alert_waiting",
            "variant_id",
            "email",
            unique=True,
            sqlite_where=_WAITING,
            postgresql_where=_WAITING,
        ),
        Index("ix_stock_alert_variant_id_state_id", "variant_id", "state", "id"),
        Index("ix_stock_alert_email_state", "email", "state"),
        Index("ix_stock_alert_created_at", "created_at"),
        CheckConstraint("state != 'sent' OR sent_at IS NOT NULL", name="sent_when"),
    )

    id: Mapped[primary_key]
    variant_id: Mapped[int] = mapped_column(ForeignKey("variant.id", ondelete="CASCADE"))
    email: Mapped[str] = mapped_column(String(320))
    state: Mapped[str] = mapped_column(String(10), default=AlertState.ASKED)
    created_at: Mapped[created]
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    variant: Mapped[Variant] = relationship()
