"""How often a stranger can make us write to a mailbox: once in a while for each purpose, however often they ask."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import String, delete, select
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
    return bool(take_turns(purpose, [address], every=every))


def take_turns(purpose: str, addresses: Iterable[str], *, every: timedelta) -> set[str]:
    """Take the turns of many at once; returned are the addresses to which a mail may go, one of each mailbox."""
    first: dict[str, str] = {}
    for address in addresses:
        first.setdefault(_key(purpose, address), address)
    if not first:
        return set()
    now = clock.now()
    free_at = now + every
    rows = [{"key": key, "free_at": free_at} for key in sorted(first)]  # in one order for everyone
    taken = db.session.scalars(
        upsert(MailTurn)
        .values(rows)
        .on_conflict_do_update(
            index_elements=["key"], set_={"free_at": free_at}, where=MailTurn.free_at <= now
        )
        .returning(MailTurn.key)
    )
    return {first[key] for key in taken}


def has_turn(purpose: str, address: str) -> bool:
    """Whether `take_turn` would say yes at this moment: a mail that would not go out need not be rendered."""
    is_closed = select(MailTurn.key).where(
        MailTurn.key == _key(purpose, address), MailTurn.free_at > clock.now()
    )
    return db.session.scalar(is_closed) is None


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
