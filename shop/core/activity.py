"""The activity log: who changed what, in a table that only grows.

While somebody is *acting* (`act`), each unit of work that changes rows adds an entry in the same transaction: so what
staff do in the admin is noted without a word of any feature, plugins included. Other facts are noted by `log_act`: a
sign-in, a refusal, an export.

Entries are numbered without a gap, each carries the SHA-256 of itself and the one before, and a keyed seal of that. The
*head* says how far the log goes, and is sealed too. So nobody who writes to the database changes the past, cuts off its
end or writes all of it anew unseen (`check_chain`); only a whole older state, put back row by row, looks like itself.
Triggers refuse to change or delete an entry.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import JSON, Integer, String, func, insert, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Mapped, Session, mapped_column

from shop.core import clock
from shop.core.database import changed_rows, upsert
from shop.core.database.changed_rows import EVERYTHING, UNLOGGED
from shop.core.database.columns import BigId, moment
from shop.core.labels import LabelledEnum
from shop.core.secrets.tokens import fingerprint, is_seal, seal_of
from shop.extensions import Model, db

MOST_CHANGES = 40
"""So many rows of one unit of work are named; the entry says how many more there were."""

_ACTING = "shop.acting"
_SEAL, _KEY, _HEAD = "activity.seal", "activity.key", "activity.head"

BROKEN = "activity-log.broken"
"""An entry that the log makes by itself: what stood before it did not end as it was sealed."""
ACCEPTED = "activity-log.accepted"
"""An entry by which whoever runs the site accepts that."""
_PORTION = 1000


class ActivityKind(LabelledEnum):
    """What sort of thing somebody did."""

    CHANGE = "change", _l("Change")
    SIGN_IN = "sign_in", _l("Sign-in")
    EXPORT = "export", _l("Export")
    REFUSAL = "refusal", _l("Refusal")


class ActivityEntry(Model):
    """One thing that somebody did. `account_id` is no foreign key: an entry outlives the account, and names nobody.

    `act` is an endpoint or a command; `changes` are as `changed_rows` gives them.
    """

    __tablename__ = "activity_entry"
    __table_args__ = ({"info": {UNLOGGED: EVERYTHING}},)

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    at: Mapped[moment]
    account_id: Mapped[int | None] = mapped_column(BigId, index=True)
    kind: Mapped[str] = mapped_column(String(10), index=True)
    act: Mapped[str] = mapped_column(String(120))
    changes: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    hash: Mapped[str] = mapped_column(String(64))
    seal: Mapped[str] = mapped_column(String(64))
    key: Mapped[str] = mapped_column(String(16))


class ActivityHead(Model):
    """The one row that says how far the log goes, sealed with the site's key. Locking it puts writers into a line."""

    __tablename__ = "activity_head"
    __table_args__ = ({"info": {UNLOGGED: EVERYTHING}},)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    count: Mapped[int] = mapped_column(BigId)
    hash: Mapped[str] = mapped_column(String(64))
    seal: Mapped[str] = mapped_column(String(64), default="", server_default="")


class Tampered(Exception):
    """The log is not as it was written. The text says where."""


@dataclass(frozen=True, slots=True)
class Acting:
    """Who is at work in this session: an account, or None for the command line."""

    account_id: int | None
    act: str


def act(account_id: int | None, what: str) -> None:
    """Note from now on what the units of work of this session change: somebody does something by it."""
    session = db.session()
    session.info[_ACTING] = Acting(account_id, what[:120])
    changed_rows.watch(session)


def log_act(
    kind: ActivityKind, what: str, *, by: int | None, details: Mapping[str, str] | None = None
) -> None:
    """Add an entry of its own, in the present unit of work."""
    fields = {name: [None, value] for name, value in (details or {}).items()}
    changes = [{"did": "", "what": "", "id": "", "name": "", "fields": fields}] if fields else []
    _write(kind, Acting(by, what[:120]), changes)


def log_changes(session: Session) -> None:
    """Add the entry of a unit of work that is about to be committed, if somebody is acting and something changed."""
    changes = changed_rows.taken_changes(session)
    acting: Acting | None = session.info.get(_ACTING)
    if acting is None or not changes:
        return
    kept = changes[:MOST_CHANGES]
    if more := len(changes) - len(kept):
        kept.append({"did": "more", "what": "", "id": str(more), "name": "", "fields": {}})
    _write(ActivityKind.CHANGE, acting, kept)
    session.flush()


def has_done(account_id: int, kind: ActivityKind) -> bool:
    """Whether the log says that an account did something of this kind before."""
    query = select(ActivityEntry.id).where(
        ActivityEntry.account_id == account_id, ActivityEntry.kind == kind
    )
    return db.session.scalar(query.limit(1)) is not None


def recent_refusals(account_id: int, what: str) -> int:
    """How often the log says of the last hour that this was refused to somebody."""
    query = select(func.count()).where(
        ActivityEntry.account_id == account_id,
        ActivityEntry.kind == ActivityKind.REFUSAL,
        ActivityEntry.act == what,
        ActivityEntry.at > clock.now() - timedelta(hours=1),
    )
    return db.session.scalar(query) or 0


def accept_break() -> None:
    """Accept that the log did not end as it was sealed: somebody who runs the site knows why."""
    _write(ActivityKind.CHANGE, Acting(None, ACCEPTED), [])


def _write(kind: ActivityKind, acting: Acting, changes: list[dict[str, Any]]) -> None:
    head = _locked_head()
    if not _is_sealed(head):  # else the new seal would hide it
        _append(head, ActivityKind.REFUSAL, Acting(None, BROKEN), [])
    _append(head, kind, acting, changes)


def _append(
    head: ActivityHead, kind: ActivityKind, acting: Acting, changes: list[dict[str, Any]]
) -> None:
    entry = ActivityEntry(
        id=head.count + 1,
        at=clock.now(),
        account_id=acting.account_id,
        kind=kind,
        act=acting.act,
        changes=changes,
        key=_own_key(),
    )
    entry.hash = _hash_of(head.hash, entry)
    entry.seal = fingerprint(_SEAL, entry.hash)
    db.session.add(entry)
    head.count, head.hash = entry.id, entry.hash
    head.seal = seal_of(_HEAD, _said_by(head.count, head.hash))


def _is_sealed(head: ActivityHead) -> bool:
    return is_seal(_HEAD, _said_by(head.count, head.hash), head.seal)


def _said_by(count: int, last: str) -> str:
    return f"{count}:{last}"


def _locked_head() -> ActivityHead:
    first = select(ActivityHead).where(ActivityHead.id == 1)
    locked = first.with_for_update().execution_options(populate_existing=True)
    head = db.session.scalar(locked)
    if head is None:  # somebody has removed it: the new one has no seal, and that is noted
        newest = _newest()
        values = {"count": newest.id, "hash": newest.hash} if newest else {"count": 0, "hash": ""}
        made = upsert(ActivityHead).values(id=1, seal="", **values)
        db.session.execute(made.on_conflict_do_nothing())
        head = db.session.scalars(locked).one()
    return head


def _newest() -> ActivityEntry | None:
    return db.session.scalar(select(ActivityEntry).order_by(ActivityEntry.id.desc()).limit(1))


def put_head(connection: Connection) -> None:
    """Seal what the head says, or make the head of an empty log: for migrations, which every log begins with."""
    found = connection.execute(select(ActivityHead.count, ActivityHead.hash)).first()
    count, last = found or (0, "")
    if not found:
        connection.execute(insert(ActivityHead).values(id=1, count=count, hash=last))
    seal = seal_of(_HEAD, _said_by(count, last))
    connection.execute(update(ActivityHead).values(seal=seal))


def _own_key() -> str:
    return fingerprint(_KEY, "")[:16]


def _hash_of(previous: str, entry: ActivityEntry) -> str:
    said = [
        entry.id, entry.at.isoformat(), entry.account_id, str(entry.kind), entry.act, entry.changes, entry.key,
    ]  # fmt: skip
    text = json.dumps([previous, said], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def check_chain() -> str:
    """How many entries there are, all of them as they were written and none missing.

    Entries that were sealed with a former secret key are still held by the chain; such may only stand before the
    first one of the present key. The head is sealed with a key that is listed, or nobody knows who cut off its end.

    Raises:
        Tampered: they are not.
    """
    head = db.session.get(ActivityHead, 1, populate_existing=True)
    if head is None:
        raise Tampered("the row that says how far the log goes is missing")
    count, previous, is_ours, broken = 0, "", False, 0
    for entry in _entries_until(head.count):
        count += 1
        is_ours = is_ours or entry.key == _own_key()
        if not _is_genuine(entry, count, previous, is_ours=is_ours):
            raise Tampered(f"entry {count} was changed, or one is missing there")
        previous = entry.hash
        broken = {BROKEN: count, ACCEPTED: 0}.get(entry.act, broken)
    if (head.count, head.hash) != (count, previous):
        raise Tampered(f"entries are missing after number {count}")
    if not _is_sealed(head):
        raise Tampered(f"the log does not end as it was sealed. {_WHY}")
    if broken:
        raise Tampered(f"the log before entry {broken} did not end as it was sealed. {_WHY}")
    return f"{count} entries, none changed"


_WHY = (
    "Its newest entries are missing, or all were written anew; or SHOP_SECRET_KEY was changed, and the former key is "
    "not listed in SHOP_SECRET_KEY_PREVIOUS. Once you know why, `shop doctor --accept-log` accepts it"
)


def _is_genuine(entry: ActivityEntry, number: int, previous: str, *, is_ours: bool) -> bool:
    if entry.id != number or entry.hash != _hash_of(previous, entry):
        return False
    return not is_ours or _has_seal(entry)


def _has_seal(entry: ActivityEntry) -> bool:
    return entry.seal == fingerprint(_SEAL, entry.hash)


def _entries_until(last: int) -> Iterable[ActivityEntry]:
    seen = 0
    while seen < last:
        query = select(ActivityEntry).where(ActivityEntry.id > seen, ActivityEntry.id <= last)
        found = db.session.scalars(query.order_by(ActivityEntry.id).limit(_PORTION)).all()
        yield from found
        if not found:
            return
        seen = found[-1].id
        for entry in found:
            db.session.expunge(entry)


GUARDS = {
    "sqlite": [
        f"CREATE TRIGGER activity_entry_no_{verb.lower()} BEFORE {verb} ON activity_entry "
        "BEGIN SELECT RAISE(ABORT, 'the activity log only grows'); END"
        for verb in ("UPDATE", "DELETE")
    ],
    "postgresql": [
        "CREATE FUNCTION activity_only_grows() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the activity log only grows'; END $$",
        "CREATE TRIGGER activity_entry_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON activity_entry "
        "FOR EACH STATEMENT EXECUTE FUNCTION activity_only_grows()",
    ],
}
"""By dialect: what keeps the database from changing or deleting an entry."""

UNGUARD = {
    "sqlite": [
        "DROP TRIGGER activity_entry_no_update",
        "DROP TRIGGER activity_entry_no_delete",
    ],
    "postgresql": [
        "DROP TRIGGER activity_entry_only_grows ON activity_entry",
        "DROP FUNCTION activity_only_grows",
    ],
}
"""By dialect: takes the guards away, for tests and for a downgrade."""


def put_guards(connection: Connection) -> None:
    """Let the database refuse to change or delete entries: for a migration."""
    for statement in GUARDS[connection.dialect.name]:
        connection.exec_driver_sql(statement)


def take_guards(connection: Connection) -> None:
    """The opposite."""
    for statement in UNGUARD[connection.dialect.name]:
        connection.exec_driver_sql(statement)
