"""Which rows a unit of work changes, for the activity log.

Values are given only where they can't name a person or open anything: numbers, moments, short words.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Boolean, Column, Integer, String, Table, event, inspect
from sqlalchemy.orm import ORMExecuteState, Session
from sqlalchemy.orm.state import InstanceState

from shop.core.database.columns import UtcDateTime
from shop.extensions import Base

UNLOGGED = "unlogged"
"""What of a table is left out (`added`, `changed`, `removed`), in its `info`: rows that come with every visit."""
EVERYTHING = frozenset({"added", "changed", "removed"})

SHORT_WORD = 20
"""Letters. What is longer may be a name, an address or a text, and only its column is named."""
LONGEST_VALUE = 120
LONGEST_IN_LIST = 40
SECRET = ("key", "secret", "token", "password")

_CHANGES = "shop.changes"
_IDLE_COLUMNS = {"updated_at", "changed_at", "version"}
_LABELS = ("namespace", "slug", "sku", "number", "code")


def watch(session: Session) -> None:
    """Collect from now on what this session changes."""
    if _CHANGES not in session.info:
        session.info[_CHANGES] = []
        # Of this session alone: SQLAlchemy prepares a statement twice where anybody listens, and pages only read.
        event.listen(session, "do_orm_execute", _collect_statement)


def is_watched(session: Session) -> bool:
    """Whether it is collected what this session changes."""
    return _CHANGES in session.info


def taken_changes(session: Session) -> list[dict[str, Any]]:
    """What was changed since the last time: `did`, `what` (the table), `id`, `name` and `fields`, each with the old and
    the new value, or with none.
    """
    changes: list[dict[str, Any]] = session.info.get(_CHANGES, [])
    if changes:
        session.info[_CHANGES] = []
    return changes


@event.listens_for(Session, "after_flush")
def _collect(session: Session, _context: object) -> None:
    if (found := session.info.get(_CHANGES)) is None:
        return
    for did, rows in (
        ("added", session.new),
        ("changed", session.dirty),
        ("removed", session.deleted),
    ):
        for row in rows:
            if (change := _change_of(inspect(row), did)) is not None:
                _add_change(found, change)


def _add_change(found: list[dict[str, Any]], change: dict[str, Any]) -> None:
    """Add a change; what several flushes change of one row is one."""
    for earlier in found:
        if all(earlier[name] == change[name] for name in ("did", "what", "id")):
            earlier["fields"] |= change["fields"]
            return
    found.append(change)


def _collect_statement(state: ORMExecuteState) -> None:
    if not (state.is_update or state.is_delete):
        return
    found: list[dict[str, Any]] = state.session.info[_CHANGES]
    table = getattr(state.statement, "table", None)
    did = "changed" if state.is_update else "removed"
    if isinstance(table, Table) and did not in table.info.get(UNLOGGED, ()):
        found.append({"did": did, "what": table.name, "id": "", "name": "", "fields": {}})


def _change_of(state: InstanceState[Base], did: str) -> dict[str, Any] | None:
    table = state.mapper.local_table
    if not isinstance(table, Table) or did in table.info.get(UNLOGGED, ()):
        return None
    fields = {} if did == "removed" else _changed_fields(state, is_new=did == "added")
    if did == "changed" and not fields:
        return None
    number = "-".join(str(value) for value in state.identity or ())
    return {
        "did": did,
        "what": table.name,
        "id": number,
        "name": _label_of(state),
        "fields": fields,
    }


def _changed_fields(state: InstanceState[Base], *, is_new: bool) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for attribute in state.mapper.column_attrs:
        column = attribute.columns[0]
        history = state.attrs[attribute.key].history
        if not isinstance(column, Column) or not history.has_changes():
            continue
        if column.primary_key or attribute.key in _IDLE_COLUMNS:
            continue
        old = history.deleted[0] if history.deleted else None
        new = history.added[0] if history.added else None
        if isinstance(old, Mapping) or isinstance(new, Mapping):
            if column.table.name == "setting":
                fields |= _changed_settings(old or {}, new or {})
            else:
                fields[attribute.key] = []
        elif not (is_new and new is None):
            fields[attribute.key] = _pair(column, old, new)
    return fields


def _changed_settings(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: []
        if any(word in name for word in SECRET) or isinstance(new[name], Mapping)
        else [_short(old.get(name)), _short(new[name])]
        for name in new
        if old.get(name) != new[name]
    }


def _pair(column: Column[Any], old: Any, new: Any) -> list[Any]:
    """The old and the new value, or nothing where they might name a person or open something."""
    if not _may_show(column, old, new):
        return []
    return [_short(old), _short(new)]


def _may_show(column: Column[Any], *values: Any) -> bool:
    if isinstance(column.type, Integer | Boolean | UtcDateTime):
        return True
    if isinstance(column.type, String):
        return column.type.length is not None and column.type.length <= SHORT_WORD
    return isinstance(column.type, JSON) and all(
        value is None or (isinstance(value, list) and all(map(is_short_word, value)))
        for value in values
    )


def is_short_word(value: object) -> bool:
    """Whether a value may stand in the log though nobody said what it is."""
    return isinstance(value, str) and "@" not in value and len(value) <= LONGEST_IN_LIST


def _short(value: Any) -> Any:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, list):
        value = ", ".join(value)
    return str(value)[:LONGEST_VALUE]


def _label_of(state: InstanceState[Base]) -> str:
    for name in _LABELS:
        if name in state.mapper.column_attrs:
            return str(state.attrs[name].loaded_value)[:80]
    return ""
