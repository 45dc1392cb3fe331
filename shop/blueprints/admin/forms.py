"""The shape of what the owner enters."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    EmailField,
    Field,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the stubs
from wtforms.widgets import CheckboxInput, ListWidget

from shop.blueprints.accounts.models import Role
from shop.core import settings
from shop.core.web.forms import (
    CHOOSE_AN_OPTION,
    Form,
    Required,
    choices_of,
    email_address,
    one_line,
    several_lines,
)
from shop.plugins import registry

LONGEST_TEXT = 10_000
# What a field of settings may be called, WTForms may need for itself.
PREFIX = "value_"


def _roles() -> list[SelectChoice]:
    return choices_of(reversed(Role))


def _given() -> list[SelectChoice]:
    return [
        SelectChoice(each.name, str(each.label))
        for each in registry().permissions
        if each.can_be_given
    ]


class NewUserForm(Form):
    """A person whom the owner adds."""

    name = StringField(_l("Name"), **one_line(80, missing=_l("Enter a name.")))
    email = EmailField(_l("Email"), **email_address(missing=_l("Enter an email address.")))
    role = SelectField(_l("Role"), choices=_roles, validators=[Required(_l("Choose a role."))])


class UserForm(Form):
    """What the owner may change of a person."""

    name = StringField(_l("Name"), **one_line(80, missing=_l("Enter a name.")))
    role = SelectField(_l("Role"), choices=_roles, validators=[Required(_l("Choose a role."))])
    given = SelectMultipleField(
        _l("Also allowed"),
        description=_l("In addition to the role. Does not apply to buyers."),
        choices=_given,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )


class EraseForm(Form):
    """The account's address, typed again, so that nobody is erased by a slip."""

    email = EmailField(
        _l("Type the account’s email to confirm"),
        validators=[Required(_l("Type the email address of this account."))],
    )


def settings_form(settings_type: type[Any]) -> type[Form]:
    """A form for the settings of a feature, made from its dataclass."""
    fields = {PREFIX + each.name: _field(each) for each in settings.fields_of(settings_type)}
    return type("SettingsForm", (Form,), fields)


def _field(each: settings.Field) -> Field:
    label, help_text = str(each.label), str(each.help)
    if each.kind is bool:
        return BooleanField(label, description=help_text)
    if each.kind is int:
        return IntegerField(
            label,
            description=help_text,
            validators=[Required(_l("Enter a whole number."))],
        )
    if each.choices:
        choices = [SelectChoice(value, str(text)) for value, text in each.choices]
        must = (
            [] if any(not value for value, _text in each.choices) else [Required(CHOOSE_AN_OPTION)]
        )
        return SelectField(label, description=help_text, choices=choices, validators=must)
    longest = each.maximum or LONGEST_TEXT
    required = bool(each.minimum)
    if each.multiline:
        return TextAreaField(
            label, description=help_text, **several_lines(longest, required=required)
        )
    return StringField(label, description=help_text, **one_line(longest, required=required))
