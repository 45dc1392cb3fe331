"""Puts the fields of plugins into forms of ours: of products, articles and orders, and of the checkout."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    DateField,
    Field,
    HiddenField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the stubs
from wtforms.validators import Optional
from wtforms.widgets import TextInput

from shop.core import money
from shop.core.errors import Refused
from shop.core.site import site
from shop.core.web.forms import (
    CHOOSE_AN_OPTION,
    Form,
    Required,
    between,
    one_line,
    several_lines,
)
from shop.plugins.fields.custom_fields import custom_fields_on, is_wanted, stored_data
from shop.plugins.fields.field_terms import CustomField, members_of
from shop.plugins.terms.read_models import BasketView
from shop.plugins.types import CustomFields

F = TypeVar("F", bound=Form)
MOST = 2**53
"""The largest number that JSON carries everywhere without loss."""


class AmountField(Field):
    """An amount as people write it; its data is in minor units of the site's currency."""

    widget = TextInput()

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else str(money.to_decimal(self.data, site().currency))

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was typed."""
        self.data = None
        if valuelist and valuelist[0].strip():
            try:
                self.data = money.parse(valuelist[0], site().currency)
            except Refused as refusal:
                raise ValueError(refusal.message) from None


def with_custom_fields(form: type[F], on: type[Any], *, asked: bool = False) -> type[F]:
    """The same form with the fields of plugins; with `asked` those alone that buyers are asked for.

    Each group has a hidden field that says it was on the page: a page that was opened before has sent none of its
    fields, and must not empty them.
    """
    declared = custom_fields_on(on, asked=asked)
    if not declared:
        return form
    fields: dict[str, Field] = {}
    for each in declared:
        fields[_name(each)] = HiddenField(default="1")
        for member in members_of(each.fields):
            fields[_name(each, member)] = _field(member)
    return type(form.__name__, (form,), fields)


def data_of_custom_fields(on: type[Any], subject_id: int) -> dict[str, Any]:
    """What is stored, by the names of a form's fields."""
    return {
        f"{PREFIX}{name}-{member}": value
        for name, values in stored_data(on, subject_id).items()
        for member, value in values.items()
    }


def given_custom_fields(form: Form, on: type[Any]) -> dict[str, dict[str, Any]]:
    """What was entered into a form that is right, by the names of `CustomFields` and of fields."""
    return {
        each.name: {
            member.name: _given(member, form[_name(each, member)].data)
            for member in members_of(each.fields)
        }
        for each in custom_fields_on(on)
        if _name(each) in form and form[_name(each)].raw_data
    }


def _given(member: CustomField, value: Any) -> Any:
    if value is None:
        return member.default if member.kind is not str else ""
    return value


def drop_unwanted_fields(form: Form, on: type[Any], basket: BasketView) -> None:
    """Take out what the buyer of a cart is not asked."""
    for each in custom_fields_on(on, asked=True):
        if _name(each) in form and not is_wanted(each, basket):
            for name in (_name(each), *(_name(each, member) for member in members_of(each.fields))):
                del form[name]


@dataclass(frozen=True, slots=True)
class FieldGroup:
    """The fields of one plugin in a form, and the hidden field that says they were on the page."""

    title: str
    mark: Field
    fields: Sequence[Field]


def field_groups(form: Form, on: type[Any]) -> list[FieldGroup]:
    """The fields of plugins that a form has, for templates."""
    return [
        FieldGroup(
            str(each.title),
            form[_name(each)],
            [form[_name(each, member)] for member in members_of(each.fields)],
        )
        for each in custom_fields_on(on)
        if _name(each) in form
    ]


PREFIX = "custom-"


def _name(declared: CustomFields, member: CustomField | None = None) -> str:
    return f"{PREFIX}{declared.name}-{member.name}" if member else f"{PREFIX}{declared.name}"


def _field(member: CustomField) -> Field:
    said: dict[str, Any] = {
        "label": member.label,
        "description": member.help,
        "default": member.default,
    }
    must = [Required()] if member.is_required else [Optional()]
    if member.kind is bool:
        return BooleanField(**said, validators=[Required()] if member.is_required else [])
    if member.kind is date:
        return DateField(**said, validators=must)
    if member.kind is int:
        of_number = AmountField if member.is_money else IntegerField
        return of_number(**said, validators=[*must, _bounds(member)])
    if member.choices:
        return _choice(member, said)
    rules = several_lines if member.multiline else one_line
    of_text = TextAreaField if member.multiline else StringField
    return of_text(**said, **rules(member.maximum or 0, required=member.is_required))


def _bounds(member: CustomField) -> Any:
    least = -MOST if member.minimum is None else member.minimum
    return between(least, MOST if member.maximum is None else member.maximum)


def _choice(member: CustomField, said: Mapping[str, Any]) -> SelectField:
    offered = [SelectChoice(value, label) for value, label in member.choices]
    if not any(not value for value, _label in member.choices):
        offered.insert(0, SelectChoice("", _l("Choose…")))
    must = [Required(CHOOSE_AN_OPTION)] if member.is_required else []
    return SelectField(**said, choices=offered, validators=must)
