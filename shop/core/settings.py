"""Live settings: what the owner changes while the site runs.

One frozen dataclass a feature gives type, default, validation, the admin's form and the documentation. Values are in
one row a feature; every process sees a change at once, by way of the purge board, and reading costs no query.
"""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, get_type_hints

import structlog
from flask_babel import gettext
from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from shop.core import clock
from shop.core.app_state import app_state
from shop.core.changes import remembered
from shop.core.database.columns import moment
from shop.core.errors import NotFound, Refused
from shop.core.fields import FieldTerms
from shop.core.observing.masking import words_of
from shop.core.secrets.sealing import open_sealed, seal
from shop.core.unit_of_work import purge
from shop.extensions import Model, db

log = structlog.get_logger(__name__)

S = TypeVar("S")

LONGEST = 100_000
"""Of a text, and of all entries of a list together, where its field says nothing of it: settings are read whole."""
SEALED = "sealed"
"""In the place of a secret stands an object with this key, and what is sealed."""
_PURPOSE = "setting"


class SettingRow(Model):
    """The stored values of one feature; fields that are missing have their default."""

    __tablename__ = "setting"

    namespace: Mapped[str] = mapped_column(String(80), primary_key=True)
    values: Mapped[dict[str, Any]] = mapped_column(JSON)
    changed_at: Mapped[moment]


Shown = Literal["", "money", "country", "time zone", "logo", "icon", "menu"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field(FieldTerms):
    """One setting as the admin's form needs it."""

    check: Callable[[Any], object] | None = None
    secret: bool = False
    group: str = ""
    shown_as: Shown = ""

    def require_fit(self, value: Any) -> None:
        """Look whether a value may be stored.

        Raises:
            Refused: it may not; `field` names the field.
        """
        FieldTerms.require_fit(self, value)  # by name: the slots make another class of this one
        if self.maximum is None and _letters(value) > LONGEST:
            raise Refused(gettext("Enter at most %(number)s.", number=LONGEST), field=self.name)


def _letters(value: Any) -> int:
    if isinstance(value, tuple):
        return sum(map(len, value))
    return len(value) if isinstance(value, str) else 0


def first_words(text: str) -> str:
    """Mark the text that a setting has until it is changed, for translation; see `in_language_of_site`."""
    return text


def in_language_of_site(present: Any, name: str) -> str:
    """A text that the owner may change; while it is as it was at first, in the language of the site."""
    text = str(getattr(present, name))
    is_first = text == type(present).__dataclass_fields__[name].default
    return str(gettext(text)) if text and is_first else text


def setting(
    default: Any,
    label: str,
    *,
    help: str = "",  # noqa: A002 - what it is called on the page
    choices: tuple[tuple[str, str], ...] = (),
    minimum: int | None = None,
    maximum: int | None = None,
    multiline: bool = False,
    check: Callable[[Any], object] | None = None,
    secret: bool = False,
    group: str = "",
    shown_as: Shown = "",
) -> Any:
    """A field of a settings dataclass, whose type is `str`, `int`, `bool`, or `tuple[str, ...]` for a list. The owner
    sees it under Settings; a list has one entry on each line, or boxes to tick where there are `choices`.

    Args:
        default: holds until the owner has chosen.
        label: what the owner reads beside the field.
        help: one more line below it.
        choices: (value, label) of each value that may be chosen; empty for any.
        minimum: of a number, of the length of a text, or of the entries of a list.
        maximum: of a number, of the length of a text, or of the entries of a list. Where none is said, a text and all
            entries of a list together have 100,000 characters at most.
        multiline: a text of several lines.
        check: called with a new value before it is stored; raises `Refused` where it does not fit.
        secret: a text such as the key of a service. It is stored encrypted, and shown to nobody again; the owner can
            replace or delete it.
        group: the heading above it, and above those that follow with the same one.
        shown_as: "money" for a number of minor units of the site's currency, which the owner reads and types as an
            amount; "country" for the code of a country, which is chosen by name; "time zone" for the name of one;
            "logo" and "icon" for a small picture, which is uploaded (`shop.core.pictures.marks`); "menu" for links in
            an order, each a name and an address on a line (`shop.core.menus`); empty for what the type says.
    """
    return dataclasses.field(
        default=default,
        repr=not secret,
        metadata={
            "label": label,
            "help": help,
            "choices": choices,
            "minimum": minimum,
            "maximum": maximum,
            "multiline": multiline,
            "check": check,
            "secret": secret,
            "group": group,
            "shown_as": shown_as,
        },
    )


def fields_of(settings_type: type[Any]) -> list[Field]:
    """The settings of a dataclass, in their order.

    Raises:
        TypeError: a field is of another type, or has no default or label; a secret is no text, or has a default.
    """
    hints = get_type_hints(settings_type)
    found = []
    for field in dataclasses.fields(settings_type):
        kind = _kind(hints[field.name])
        if kind is None:
            raise TypeError(
                f"{settings_type.__name__}.{field.name} must be str, int, bool or tuple[str, ...]"
            )
        if field.metadata.get("secret") and (kind is not str or field.default):
            raise TypeError(
                f"{settings_type.__name__}.{field.name} is secret: str, with no default"
            )
        if not isinstance(field.default, kind) or "label" not in field.metadata:
            raise TypeError(f"{settings_type.__name__}.{field.name} needs setting(default, label)")
        found.append(Field(name=field.name, kind=kind, default=field.default, **field.metadata))
    return found


def _kind(hint: Any) -> type[Any] | None:
    """The type of a field; None for one that no form has a field for."""
    if hint in (str, int, bool):
        kind: type[Any] = hint
        return kind
    return tuple if hint == tuple[str, ...] else None


class SettingsRegistry:
    """The settings dataclasses of one application, by the name of their feature.

    Raises:
        TypeError: a dataclass is not made of `setting(default, label)` fields; said at the start.
    """

    def __init__(self, settings_types: Mapping[str, type[Any]]) -> None:
        for settings_type in settings_types.values():
            fields_of(settings_type)
        self.types = dict(settings_types)
        self._names = {kind: name for name, kind in settings_types.items()}

    def namespace(self, settings_type: type[Any]) -> str:
        """The name under which the values of a dataclass are stored.

        Raises:
            KeyError: no feature of this application has these settings.
        """
        return self._names[settings_type]


def current(settings_type: type[S]) -> S:
    """The present values. No query, unless they changed since this process last looked."""
    namespace = app_state().settings.namespace(settings_type)
    return remembered.fresh(_tag(namespace), lambda: _read(settings_type, namespace))


def last_known(settings_type: type[S]) -> S:
    """The values as this process last read them, or the defaults: for when the database is away."""
    namespace = app_state().settings.namespace(settings_type)
    return remembered.last_answer(_tag(namespace), settings_type())


def _read(settings_type: type[S], namespace: str) -> S:
    row = db.session.get(SettingRow, namespace, populate_existing=True)
    return _load(settings_type, row.values if row else {})


def _load(settings_type: type[S], stored: dict[str, Any]) -> S:
    try:
        return settings_type(**_fitting(settings_type, stored))
    except Exception:
        log.exception("settings.refused_together", settings=settings_type.__name__)
        return settings_type()


def _fitting(settings_type: type[Any], stored: Mapping[str, Any]) -> dict[str, Any]:
    # A value that an older or newer version stored and that does not fit falls back to its default.
    return {
        field.name: value
        for field in fields_of(settings_type)
        if type(value := _opened(field, stored.get(field.name))) is field.kind
        and field.offers(value)
    }


def _opened(field: Field, stored: Any) -> Any:
    """A value as the dataclass has it. A secret that none of the site's keys opens is as good as none; one that was
    stored before its field became secret still holds, and is sealed when it is stored again."""
    if field.kind is tuple and isinstance(stored, list):
        return tuple(each for each in stored if isinstance(each, str))
    if not field.secret or not is_sealed(stored):
        return stored
    try:
        return open_sealed(_PURPOSE, stored[SEALED])
    except NotFound:
        return None


def is_sealed(stored: object) -> bool:
    """Whether a value, as the database has it, is a secret."""
    return isinstance(stored, Mapping) and SEALED in stored


def _closed(field: Field, value: Any) -> Any:
    """A value as the database has it."""
    if field.secret and value:
        return {SEALED: seal(_PURPOSE, value)}
    return list(value) if field.kind is tuple else value


def change(settings_type: type[Any], values: dict[str, Any]) -> None:
    """Store new values for some or all fields. Only inside a unit of work.

    Raises:
        Refused: a value does not fit; `field` names it. So does whatever its `check` or the dataclass raises.
    """
    namespace = app_state().settings.namespace(settings_type)
    row = db.session.get(SettingRow, namespace)
    stored = dict(row.values) if row else {}
    by_name = {field.name: field for field in fields_of(settings_type)}
    for name, value in values.items():
        _check(by_name[name], value)
        stored[name] = _closed(by_name[name], value)
    _check_together(settings_type, stored)
    if row is None:
        db.session.add(SettingRow(namespace=namespace, values=stored, changed_at=clock.now()))
    else:
        row.values = stored
        row.changed_at = clock.now()
    purge(_tag(namespace), "settings")


def _check(field: Field, value: Any) -> None:
    field.require_fit(value)
    if field.check is not None:
        try:
            field.check(value)
        except Refused as refusal:
            raise Refused(refusal.message, field=field.name) from None
        except Exception as error:
            log.exception("settings.check_failed", field=field.name)
            raise Refused(_does_not_fit(error), field=field.name) from error


def _check_together(settings_type: type[Any], stored: Mapping[str, Any]) -> None:
    """Look whether the dataclass takes the new values beside those that stay.

    Raises:
        Refused: it does not.
    """
    try:
        settings_type(**_fitting(settings_type, stored))
    except Exception as error:
        first = dataclasses.fields(settings_type)[0].name
        raise Refused(_does_not_fit(error), field=first) from error


def _does_not_fit(error: Exception) -> str:
    said = error.message if isinstance(error, Refused) else words_of(error)
    return f"{gettext('This is the wrong type of value.')} ({said})"


def registered() -> dict[str, type[Any]]:
    """Every settings dataclass, by the name of its feature."""
    return app_state().settings.types


def _tag(namespace: str) -> str:
    return f"settings:{namespace}"
