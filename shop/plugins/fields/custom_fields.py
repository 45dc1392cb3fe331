"""Fields of a plugin's own on products, articles and orders: declared by a dataclass, kept in one table of ours.

A row holds what one plugin keeps of one thing, as JSON, like the values of settings: so a field may come and go without
a migration. A row stays while its plugin is switched off, and goes when it is purged.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, TypeVar

from babel.dates import format_date
from flask_babel import gettext as _
from sqlalchemy import JSON, ColumnElement, Index, Select, String, UniqueConstraint, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from shop.core import clock
from shop.core.database import upsert
from shop.core.database.columns import BigId, moment, primary_key
from shop.core.events import Event, publish
from shop.core.money import format_money
from shop.core.site import site
from shop.core.unit_of_work import purge
from shop.extensions import Model, db
from shop.plugins.events.articles import ArticleChanged
from shop.plugins.events.catalog import ProductChanged
from shop.plugins.fields.field_terms import LONGEST_LINE, CustomField, members_of
from shop.plugins.guard import guarded
from shop.plugins.guard.health import owner_of
from shop.plugins.manager import registry
from shop.plugins.terms.read_models import ArticleView, BasketView, OrderView, ProductView
from shop.plugins.terms.shapes import fitting
from shop.plugins.types import CustomFields

V = TypeVar("V")


class CustomFieldRow(Model):
    """What a plugin keeps of one thing. `found_by` is what staff find an order by, in lower case."""

    __tablename__ = "custom_field"
    __table_args__ = (
        UniqueConstraint("kind", "subject_id", "name"),
        Index("ix_custom_field_kind_found_by", "kind", "found_by"),
    )

    id: Mapped[primary_key]
    plugin: Mapped[str] = mapped_column(String(80), index=True)
    name: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(20))
    subject_id: Mapped[int] = mapped_column(BigId)
    values: Mapped[dict[str, Any]] = mapped_column(JSON)
    found_by: Mapped[str] = mapped_column(String(LONGEST_LINE))
    changed_at: Mapped[moment]


@dataclass(frozen=True, slots=True)
class _Subject:
    """What can have fields: its name in the table and in tags of pages, and the event that says it changed."""

    kind: str
    changed: Callable[[int], Event] | None


SUBJECTS: Mapping[type[Any], _Subject] = {
    ProductView: _Subject("product", ProductChanged),
    ArticleView: _Subject("article", ArticleChanged),
    OrderView: _Subject("order", None),
}


# Which there are


def custom_fields_on(on: type[Any], *, asked: bool = False) -> list[CustomFields]:
    """Those of a kind of thing, in order; with `asked` those alone that buyers are asked for."""
    found = [
        each
        for each in registry().custom_fields
        if each.on is on and (each.is_asked_at_checkout or not asked)
    ]
    return sorted(found, key=lambda each: each.order)


def is_wanted(declared: CustomFields, basket: BasketView) -> bool:
    """Whether the buyer of a cart is asked. A plugin that can't say so asks."""
    wanted = declared.is_wanted
    if wanted is None:
        return True
    return guarded("custom_fields", declared, lambda: fitting(wanted(basket), bool), otherwise=True)


# Keeping and reading


def keep_custom_fields(
    on: type[Any], subject_id: int, given: Mapping[str, Mapping[str, Any]]
) -> None:
    """Store values, by the names of `CustomFields` and of fields. What is not given stays. Only in a unit of work.

    Raises:
        Refused: a value does not fit.
    """
    for declared in custom_fields_on(on):
        if declared.name in given:
            _keep(declared, subject_id, given[declared.name])


def set_field_values(fields: type[Any], subject_id: int, **values: Any) -> None:
    """Store values of fields of yours, of one product, article or order by its id. Only inside a unit of work.

    Raises:
        KeyError: there is no such field, or no `CustomFields` with this dataclass.
        Refused: a value does not fit.
    """
    _keep(_declared(fields), subject_id, values)


def field_values(fields: type[V], subject_id: int) -> V:
    """The values of fields of yours, of one product, article or order by its id; defaults where nothing is stored.

    Raises:
        KeyError: there is no `CustomFields` with this dataclass.
    """
    declared = _declared(fields)
    stored = _stored(declared.on, subject_id).get(declared.name, {})
    return fields(**_read(declared, stored))


def _declared(fields: type[Any]) -> CustomFields:
    for declared in registry().custom_fields:
        if declared.fields is fields:
            return declared
    raise KeyError(fields.__name__)


def _keep(declared: CustomFields, subject_id: int, values: Mapping[str, Any]) -> None:
    subject = SUBJECTS[declared.on]
    members = {each.name: each for each in members_of(declared.fields)}
    stored = dict(_stored(declared.on, subject_id).get(declared.name, {}))
    kept = stored | {name: _as_json(members[name], value) for name, value in values.items()}
    if kept == stored:
        return
    searched = [kept.get(each.name) for each in members.values() if each.is_searchable]
    row = {
        "plugin": owner_of(declared),
        "values": kept,
        "found_by": str(searched[0] or "").lower()[:LONGEST_LINE] if searched else "",
        "changed_at": clock.now(),
    }
    db.session.execute(
        upsert(CustomFieldRow.__table__)  # type: ignore[arg-type]
        .values(kind=subject.kind, subject_id=subject_id, name=declared.name, **row)
        .on_conflict_do_update(index_elements=["kind", "subject_id", "name"], set_=row)
    )
    purge(f"{subject.kind}:{subject_id}")
    if subject.changed is not None:
        publish(subject.changed(subject_id))


def _stored(on: type[Any], subject_id: int) -> dict[str, dict[str, Any]]:
    """Stored values by the names of `CustomFields`."""
    rows = db.session.execute(
        select(CustomFieldRow.name, CustomFieldRow.values).where(*_rows_of(on, subject_id))
    )
    return {row[0]: row[1] for row in rows}


def stored_data(on: type[Any], subject_id: int) -> dict[str, dict[str, Any]]:
    """What is stored of one thing, as the dataclasses have it, by the names of `CustomFields` and of fields."""
    stored = _stored(on, subject_id)
    return {
        each.name: _read(each, stored[each.name])
        for each in custom_fields_on(on)
        if each.name in stored
    }


def _rows_of(on: type[Any], subject_id: int) -> tuple[ColumnElement[bool], ...]:
    return (CustomFieldRow.kind == SUBJECTS[on].kind, CustomFieldRow.subject_id == subject_id)


def forget_custom_fields(on: type[Any], subject_id: int) -> None:
    """Delete all that plugins keep of one thing, those that are switched off as well. Only inside a unit of work."""
    db.session.execute(delete(CustomFieldRow).where(*_rows_of(on, subject_id)))


_PLAIN = ("plugin", "name", "values", "found_by")


def plain_fields(on: type[Any], subject_id: int) -> list[dict[str, Any]]:
    """All that plugins keep of one thing, those that are off too: for an export of the whole site."""
    rows = db.session.scalars(
        select(CustomFieldRow).where(*_rows_of(on, subject_id)).order_by(CustomFieldRow.name)
    )
    return [{name: getattr(row, name) for name in _PLAIN} for row in rows]


def bring_in_fields(on: type[Any], subject_id: int, plain: object) -> None:
    """Store what an export holds of a thing that is new here. What has another shape is left out. Only in a unit of
    work.
    """
    for each in plain if isinstance(plain, list) else ():
        if not isinstance(each, dict) or not isinstance(each.get("values"), dict):
            continue
        row = CustomFieldRow(
            kind=SUBJECTS[on].kind,
            subject_id=subject_id,
            plugin=str(each.get("plugin", ""))[:80],
            name=str(each.get("name", ""))[:80],
            values=each["values"],
            found_by=str(each.get("found_by", ""))[:LONGEST_LINE],
            changed_at=clock.now(),
        )
        db.session.add(row)


def orders_found_by(typed: str) -> Select[int]:
    """The ids of orders of which a searchable field is this text, as a query."""
    return select(CustomFieldRow.subject_id).where(
        CustomFieldRow.kind == SUBJECTS[OrderView].kind,
        CustomFieldRow.found_by == typed.strip().lower(),
        CustomFieldRow.found_by != "",
    )


# Values


def _read(declared: CustomFields, stored: Mapping[str, Any]) -> dict[str, Any]:
    """Values as the dataclass has them. One that an older or newer version stored and that does not fit is left out."""
    found = {}
    for member in members_of(declared.fields):
        try:
            found[member.name] = _from_json(member, stored[member.name])
        except (KeyError, TypeError, ValueError):
            found[member.name] = member.default
    return found


def _from_json(member: CustomField, value: Any) -> Any:
    if value is None:
        return member.default
    read = date.fromisoformat(value) if member.kind is date else value
    if type(read) is not member.kind or (read and not member.offers(read)):
        raise ValueError(value)
    return read


def _as_json(member: CustomField, value: Any) -> Any:
    """A value as it is stored.

    Raises:
        Refused: it does not fit; `field` names it.
    """
    if value is None and member.default is None:
        return None
    if member.kind is str and value == "":
        return ""
    member.require_fit(value)
    return value.isoformat() if isinstance(value, date) else value


# Showing


@dataclass(frozen=True, slots=True)
class ShownFields:
    """Fields of one plugin on a page: a heading, and of each its label and what was entered, in words."""

    name: str
    title: str
    lines: tuple[tuple[str, str], ...]


def public_fields(on: type[Any], subject_id: int) -> list[ShownFields]:
    """What readers see of a product or article, or a buyer of an order: that is public, or the buyer has said it."""
    return _shown(on, subject_id, _is_seen)


def _is_seen(declared: CustomFields, member: CustomField) -> bool:
    return member.is_public or declared.is_asked_at_checkout


def all_fields(on: type[Any], subject_id: int) -> list[ShownFields]:
    """What staff see, and what is exported."""
    return _shown(on, subject_id, lambda _declared, _member: True)


def fields_as_data(on: type[Any], subject_id: int) -> dict[str, dict[str, str]]:
    """All that was entered, in words, by headings and labels: for exports."""
    return {each.title: dict(each.lines) for each in all_fields(on, subject_id)}


def words_to_search(on: type[Any], subject_id: int) -> str:
    """What the search may find a page by."""
    shown = _shown(on, subject_id, lambda _declared, member: member.is_searchable)
    return "\n".join(text for each in shown for _label, text in each.lines)


def _shown(
    on: type[Any], subject_id: int, which: Callable[[CustomFields, CustomField], bool]
) -> list[ShownFields]:
    declared = custom_fields_on(on)
    if not declared:
        return []
    stored = _stored(on, subject_id)
    found = []
    for each in declared:
        texts = _texts(each, stored.get(each.name, {}), partial(which, each))
        if texts:
            found.append(ShownFields(each.name, str(each.title), tuple(texts)))
    return found


def _texts(
    declared: CustomFields, stored: Mapping[str, Any], which: Callable[[CustomField], bool]
) -> Sequence[tuple[str, str]]:
    values = _read(declared, stored)
    pairs = (
        (str(member.label), _in_words(member, values[member.name]))
        for member in members_of(declared.fields)
        if member.name in stored and which(member)
    )
    return [(label, text) for label, text in pairs if text]


def _in_words(member: CustomField, value: Any) -> str:
    if value is None or value == "":
        return ""
    if member.kind is bool:
        return str(_("Yes") if value else _("No"))
    if member.kind is date:
        return str(format_date(value, "long", locale=site().locale.replace("-", "_")))
    if member.is_money:
        return format_money(value, site().currency)
    return str(dict(member.choices).get(value, value))
