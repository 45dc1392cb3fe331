"""Takes a plugin out of the database, after all that it kept has been written into a zip file.

Gone are its tables, its settings and those of its themes, its fields on products, articles and orders, its jobs, what
the search knew of its pages, and what was counted of its calls. Kept are orders, payments and mails that went through
it: they belong to the site's own records, as do the log of what staff did and jobs of ours that are done. What its
templates were compiled to holds no data, and stays. An article that stands behind its gate stays closed until an editor
opens it.
"""

from __future__ import annotations

import base64
import json
import os
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    delete,
    func,
    inspect,
    or_,
    select,
    text,
)

from shop.core import clock
from shop.core.app_state import app_state
from shop.core.database import patience
from shop.core.errors import Refused
from shop.core.jobs import Job
from shop.core.search import SearchRow
from shop.core.settings import SettingRow, is_sealed
from shop.core.unit_of_work import purge, unit_of_work
from shop.extensions import db
from shop.plugins.fields.custom_fields import CustomFieldRow
from shop.plugins.guard.health import SwitchedOffPlugin, forget_calls
from shop.plugins.installed.known import KnownPlugin, names_given
from shop.plugins.installed.migrations import VERSION_TABLE, beginnings
from shop.plugins.installed.switches import TAG, switch_off
from shop.plugins.manager import Registry

ROWS_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Belongings:
    """What the database holds of a plugin.

    Attributes:
        tables: how many rows each has, by name.
        settings: under which names its settings are stored.
        jobs: how many there are, done ones too.
        searched: how many of its pages the search knows.
        fields: how many products, articles and orders have fields of it.
    """

    tables: Mapping[str, int]
    settings: Sequence[str]
    jobs: int
    searched: int
    fields: int

    @property
    def is_nothing(self) -> bool:
        """Whether it has left nothing behind, or never kept anything."""
        return not (self.tables or self.settings or self.jobs or self.searched or self.fields)


def belongings(name: str) -> Belongings:
    """What a plugin keeps in the database, whether it is on, off, or not installed any more."""
    connection = db.session.connection()
    counted: dict[str, int] = {
        table: connection.scalar(text(f"SELECT count(*) FROM {_quoted(table)}")) or 0  # noqa: S608 - a name of a table
        for table in _tables(connection, name)
    }
    return Belongings(
        counted,
        db.session.scalars(
            select(SettingRow.namespace).where(_is_setting_of(name)).order_by(SettingRow.namespace)
        ).all(),
        db.session.scalar(select(func.count()).select_from(Job).where(_is_job_of(name, counted)))
        or 0,
        db.session.scalar(select(func.count()).select_from(SearchRow).where(_is_searched_of(name)))
        or 0,
        db.session.scalar(select(func.count()).where(CustomFieldRow.plugin == name)) or 0,
    )


def purge_plugin(name: str, target: Path) -> Belongings:
    """Write all that a plugin keeps into a new zip file, and take it out of the database: both, or neither.

    A plugin that this site was started with is switched off by it, and stays so until it is named no more.

    Raises:
        Refused: the file is there already, or can't be written.
    """
    try:
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        said = _("%(path)s can’t be written: %(reason)s.", path=target, reason=error.strerror)
        raise Refused(said) from None
    try:
        with os.fdopen(handle, "wb") as file, patience.unhurried(), unit_of_work():
            connection = db.session.connection()
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
            found = belongings(name)
            _lock(connection, list(found.tables))
            _export(connection, name, found, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED))
            file.flush()
            os.fsync(file.fileno())
            _forget(connection, name, list(found.tables))
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    return found


def _forget(connection: Connection, name: str, tables: Sequence[str]) -> None:
    namespaces = _namespaces(name)
    _drop(connection, tables)
    connection.exec_driver_sql(f"DROP TABLE IF EXISTS {_quoted(f'{VERSION_TABLE}_{name}')}")
    for model, which in (
        (SettingRow, _is_setting_of(name)),
        (Job, _is_job_of(name, tables)),
        (SearchRow, _is_searched_of(name)),
        (KnownPlugin, KnownPlugin.name == name),
        (CustomFieldRow, CustomFieldRow.plugin == name),
    ):
        db.session.execute(delete(model).where(which))
    forget_calls(name)
    if name in app_state().part(Registry).third_parties:
        switch_off(name)
    else:
        db.session.execute(delete(SwitchedOffPlugin).where(SwitchedOffPlugin.name == name))
    purge(TAG, "settings", *(f"settings:{each}" for each in namespaces))


# Which of the rows and tables are its


def _is_setting_of(name: str) -> ColumnElement[bool]:
    return SettingRow.namespace.in_(_namespaces(name))


def _namespaces(name: str) -> list[str]:
    return [name, *(f"theme-{theme}" for theme in names_given(name).get("themes", ()))]


def _is_job_of(name: str, tables: Iterable[str]) -> ColumnElement[bool]:
    """Its own, and those of ours that name a table of it, such as one that is to judge a row there."""
    about_tables = Job.payload["table"].as_string().in_(tables)
    return or_(Job.kind.in_(names_given(name).get("jobs", ())), about_tables)


def _is_searched_of(name: str) -> ColumnElement[bool]:
    return SearchRow.source.in_(names_given(name).get("search_sources", ()))


def _tables(connection: Connection, name: str) -> list[str]:
    """Its tables, those first that refer to others."""
    inspector = inspect(connection)
    tables = inspector.get_table_names()
    begin = beginnings(name)
    longer = tuple(
        beginning
        for other in _known_names(tables)
        for beginning in beginnings(other)
        if beginning.startswith(begin) and beginning not in begin
    )
    mine = [
        each for each in tables if each.startswith(begin) and not each.startswith(longer or "\0")
    ]
    refer = {
        each: {key["referred_table"] for key in inspector.get_foreign_keys(each)} & {*mine} - {each}
        for each in mine
    }
    with suppress(CycleError):
        mine = [*TopologicalSorter(refer).static_order()][::-1]
    return mine


def _known_names(tables: Sequence[str]) -> set[str]:
    with_versions = {
        each.removeprefix(f"{VERSION_TABLE}_")
        for each in tables
        if each.startswith(f"{VERSION_TABLE}_")
    }
    return app_state().part(Registry).third_parties | with_versions


# Dropping


def _lock(connection: Connection, tables: Sequence[str]) -> None:
    """Let nobody write what would then be missing from the file. SQLite has one writer, which we are."""
    if tables and connection.dialect.name == "postgresql":
        named = ", ".join(map(_quoted, tables))
        connection.exec_driver_sql(f"LOCK TABLE {named} IN ACCESS EXCLUSIVE MODE")


def _drop(connection: Connection, tables: Sequence[str]) -> None:
    if not tables:
        return
    if connection.dialect.name == "postgresql":
        kinds = connection.scalars(_ENUMS, {"tables": list(tables)}).all()
        connection.exec_driver_sql(f"DROP TABLE {', '.join(map(_quoted, tables))} CASCADE")
        for kind in kinds:
            if not connection.scalar(_IS_USED, {"kind": kind}):
                connection.exec_driver_sql(f"DROP TYPE {_quoted(kind)}")
        return
    virtual = connection.scalars(_VIRTUAL).all()
    for table in sorted(tables, key=lambda each: each not in virtual):
        # With the index of a search go the tables that it consists of.
        connection.exec_driver_sql(f"DROP TABLE IF EXISTS {_quoted(table)}")


_VIRTUAL = text("SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL TABLE%'")
_ENUMS = text(
    "SELECT DISTINCT t.typname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid "
    "JOIN pg_type t ON t.oid = a.atttypid WHERE t.typtype = 'e' AND c.relname = ANY(:tables)"
)
_IS_USED = text(
    "SELECT EXISTS (SELECT 1 FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid "
    "WHERE t.typname = :kind AND NOT a.attisdropped)"
)


def _quoted(name: str) -> str:
    return db.engine.dialect.identifier_preparer.quote(name)


# The file


def _export(connection: Connection, name: str, found: Belongings, archive: zipfile.ZipFile) -> None:
    """`about.json`, `settings.json`, and of its fields and each table a file with one row a line, as JSON."""
    with archive:
        about = {"plugin": name, "written_at": clock.now().isoformat(), **asdict(found)}
        archive.writestr("about.json", _json(about))
        rows = db.session.scalars(select(SettingRow).where(_is_setting_of(name)))
        shown = {row.namespace: _masked(row.values) for row in rows}
        archive.writestr("settings.json", _json(shown))
        with archive.open("fields.jsonl", "w") as lines:
            for each in db.session.scalars(_fields_of(name)):
                kept = {"kind": each.kind, "id": each.subject_id, "name": each.name}
                lines.write(_json({**kept, "values": each.values}).encode() + b"\n")
        for table in found.tables:
            with archive.open(f"tables/{table}.jsonl", "w") as lines:
                for row in _rows(connection, table):
                    lines.write(_json(row).encode() + b"\n")


def _masked(values: Mapping[str, Any]) -> dict[str, Any]:
    """Settings without those that are secret."""
    return {name: "(secret)" if is_sealed(value) else value for name, value in values.items()}


def _fields_of(name: str) -> Select[CustomFieldRow]:
    query = select(CustomFieldRow).where(CustomFieldRow.plugin == name)
    return query.order_by(CustomFieldRow.id).execution_options(yield_per=ROWS_AT_ONCE)


def _rows(connection: Connection, table: str) -> Iterator[dict[str, Any]]:
    query = text(f"SELECT * FROM {_quoted(table)}")  # noqa: S608 - a name of a table
    found = connection.execute(query, execution_options={"yield_per": ROWS_AT_ONCE})
    yield from (dict(row) for row in found.mappings())


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=_plain)


def _plain(value: object) -> str:
    """What JSON has no form for: bytes in base64, times as in ISO 8601, everything else in words."""
    if isinstance(value, (bytes, memoryview)):
        return base64.b64encode(bytes(value)).decode()
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
