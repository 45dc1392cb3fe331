"""What Stripe would keep: its objects, and the answers it gave under idempotency keys."""

from typing import Any

from sqlalchemy import JSON, Index, String, Text
from sqlalchemy.ext.mutable import MutableDict
from sqlalchemy.orm import Mapped, mapped_column

from shop.plugins.api import Model, created


class StandInObject(Model):
    """One object of the API: `body` is what a request gets, `hidden` what only the stand-in knows of it.

    `kind` is its `object` in the API, shortened to its last word; `parent` the id of what it belongs to.
    """

    __tablename__ = "stripe_test_object"
    __table_args__ = (Index("ix_stripe_test_object_parent_kind", "parent", "kind"),)

    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    parent: Mapped[str] = mapped_column(String(80), default="")
    body: Mapped[dict[str, Any]] = mapped_column(MutableDict.as_mutable(JSON))
    hidden: Mapped[dict[str, Any]] = mapped_column(MutableDict.as_mutable(JSON), default=dict)
    created_at: Mapped[created]


class StandInRequest(Model):
    """An answer that was given under an idempotency key; `fingerprint` is of the request it was given to."""

    __tablename__ = "stripe_test_request"

    idempotency_key: Mapped[str] = mapped_column(String(255), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    status: Mapped[int]
    answer: Mapped[str] = mapped_column(Text)
    created_at: Mapped[created]
