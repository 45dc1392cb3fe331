"""Values that are kept for a while behind a random token: to undo something, or to go on where a session had ended.

Who reads the database can't use the token: the row has its SHA-256. The values are taken out once.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, String, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from shop.core import clock
from shop.core.database.columns import UtcDateTime, primary_key
from shop.core.errors import Gone
from shop.core.jobs import Lane, Periodic
from shop.core.secrets.tokens import hashed_token, random_token
from shop.extensions import Model, db

TIME_TO_UNDO = timedelta(hours=1)


class KeptValues(Model):
    """Plain values for one purpose, until a moment in UTC."""

    __tablename__ = "kept_values"

    id: Mapped[primary_key]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    purpose: Mapped[str] = mapped_column(String(40))
    values: Mapped[dict[str, Any]] = mapped_column(JSON)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


def keep_values(purpose: str, values: dict[str, Any], lasts: timedelta = TIME_TO_UNDO) -> str:
    """Keep plain values that JSON can hold; returns the token, which is kept nowhere. Only inside a unit of work."""
    token = random_token()
    db.session.add(
        KeptValues(
            token_hash=hashed_token(token),
            purpose=purpose,
            values=values,
            ends_at=clock.now() + lasts,
        )
    )
    return token


def drop_values(purpose: str) -> None:
    """Forget what is kept for a purpose. Only inside a unit of work."""
    db.session.execute(delete(KeptValues).where(KeptValues.purpose == purpose))


def kept_values(purpose: str, token: str) -> dict[str, Any]:
    """The values behind a token, which stay.

    Raises:
        Gone: their time is over, they were taken out, or there never were any.
    """
    found: dict[str, Any] | None = db.session.scalar(
        select(KeptValues.values).where(
            KeptValues.token_hash == hashed_token(token),
            KeptValues.purpose == purpose,
            KeptValues.ends_at > clock.now(),
        )
    )
    if found is None:
        raise Gone
    return found


def take_values(purpose: str, token: str) -> dict[str, Any]:
    """The values behind a token, taken out: of several who ask at once, one gets them. Only inside a unit of work.

    Raises:
        Gone: as `kept_values`.
    """
    values = kept_values(purpose, token)
    taken = db.session.scalar(
        delete(KeptValues)
        .where(KeptValues.token_hash == hashed_token(token))
        .returning(KeptValues.id)
    )
    if taken is None:
        raise Gone
    return values


def forget_kept_values() -> None:
    """Delete what nobody can ask for any more."""
    db.session.execute(delete(KeptValues).where(KeptValues.ends_at <= clock.now()))


HOUSEKEEPING = Periodic(
    name="kept_values.forget",
    every=timedelta(minutes=10),
    handle=forget_kept_values,
    lane=Lane.SLOW,
)
