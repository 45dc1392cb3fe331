"""How often a stranger can make us write to a mailbox: once in a while for each purpose, however often they ask."""

from datetime import datetime, timedelta

from sqlalchemy import String, delete
from sqlalchemy.orm import Mapped, mapped_column

from shop.core import clock
from shop.core.database import upsert
from shop.core.database.columns import UtcDateTime
from shop.core.jobs import Lane, Periodic
from shop.core.mail.mailboxes import mailbox_of
from shop.core.secrets.tokens import fingerprint
from shop.extensions import Model, db


class MailTurn(Model):
    """That a mailbox was written to for a purpose, and from when on it may be again (UTC)."""

    __tablename__ = "mail_turn"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    free_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


def take_turn(purpose: str, address: str, *, every: timedelta) -> bool:
    """Whether a mail for this purpose may go to the mailbox of an address now; then none may for so long.

    One statement decides, inside the unit of work that queues the mail: of many who ask at once, one gets the turn.
    """
    now = clock.now()
    free_at = now + every
    taken = db.session.scalar(
        upsert(MailTurn)
        .values(key=_key(purpose, address), free_at=free_at)
        .on_conflict_do_update(
            index_elements=["key"], set_={"free_at": free_at}, where=MailTurn.free_at <= now
        )
        .returning(MailTurn.key)
    )
    return taken is not None


def give_turn_back(purpose: str, address: str) -> None:
    """Let the mailbox be written to again at once: its owner has acted on the mail, so nobody was bothered with it."""
    db.session.execute(delete(MailTurn).where(MailTurn.key == _key(purpose, address)))


def _key(purpose: str, address: str) -> str:
    return fingerprint(f"mail-turn.{purpose}", mailbox_of(address))


def forget_turns() -> None:
    """Delete what limits nothing any more."""
    db.session.execute(delete(MailTurn).where(MailTurn.free_at <= clock.now()))


HOUSEKEEPING = Periodic(
    name="mail_turns.forget", every=timedelta(hours=1), handle=forget_turns, lane=Lane.SLOW
)
