"""The shape of what the owner enters."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    EmailField,
    Field,
    IntegerField,
    PasswordField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the stubs
from wtforms.widgets import CheckboxInput, ListWidget, TextArea, TextInput

from shop.blueprints.accounts.models import Role
from shop.core import menus, money, settings
from shop.core.countries import countries
from shop.core.menus import MenuLine
from shop.core.pictures import marks
from shop.core.site import site, time_zones
from shop.core.web.forms import CHOOSE_AN_OPTION, choices_of
from shop.plugins import registry
from shop.plugins.api import Refused
from shop.plugins.api.forms import Form, Required, email_address, one_line, several_lines

LONGEST_TEXT = 10_000
# What a field of settings may be called, WTForms may need for itself.
PREFIX = "value_"
DELETE = "delete_"
"""Begins the name of the box that deletes a secret or a picture."""
PICTURES = {"logo": marks.LOGO_BOX, "icon": marks.ICON_BOX}
"""What may be uploaded as a setting, and how large it is kept."""


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


def settings_form(settings_type: type[Any], stored: Collection[str] = ()) -> type[Form]:
    """A form for the settings of a feature, made from its dataclass. `stored` are the secrets and the pictures that
    have a value: it is kept when nothing is typed or chosen.
    """
    fields: dict[str, Field] = {}
    for each in settings.fields_of(settings_type):
        fields[PREFIX + each.name] = _field(each)
        if each.name in stored:
            fields[DELETE + each.name] = BooleanField(_l("Delete what is stored"))
    return type("SettingsForm", (Form,), fields)


class LinesField(Field):
    """A list of texts, one on each line."""

    widget: Any = TextArea()

    def _value(self) -> str:
        return "\n".join(self.data or ())

    def process_formdata(self, valuelist: list[str]) -> None:
        """As WTForms calls it."""
        lines = (line.strip() for line in "\n".join(valuelist).splitlines())
        self.data = tuple(line for line in lines if line)


class MenuField(Field):
    """A menu. The form sends names and addresses in turn; its data are lines as the settings keep them.

    Attributes:
        rows: names and addresses, as the form shows them.
    """

    rows: list[MenuLine]

    def process_data(self, value: Any) -> None:
        """As WTForms calls it."""
        self.data = tuple(value or ())
        self.rows = [menus.row_of(line) for line in self.data]

    def process_formdata(self, valuelist: list[str]) -> None:
        """As WTForms calls it."""
        said = [" ".join(each.split()) for each in valuelist]
        pairs = zip(said[::2], said[1::2], strict=False)
        self._take([MenuLine(label, url) for label, url in pairs if label or url])

    def arrange(self, act: str, index: int, choice: MenuLine) -> None:
        """Move a row up or down, remove one, or add what was chosen: what the buttons do where no script runs."""
        rows = list(self.rows)
        if act == "add":
            rows.append(choice)
        elif 0 <= index < len(rows):
            row = rows.pop(index)
            if act != "remove":
                rows.insert(max(0, index + (1 if act == "down" else -1)), row)
        self.rows = rows

    def _take(self, rows: list[MenuLine]) -> None:
        self.rows = rows
        self.data = tuple(f"{label} {url}".strip() for label, url in rows)


class MoneyField(Field):
    """An amount as the owner writes it, in the site's currency; its data are minor units."""

    widget: Any = TextInput()

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return str(money.to_decimal(self.data or 0, site().currency))

    def process_formdata(self, valuelist: list[str]) -> None:
        """As WTForms calls it."""
        try:
            self.data = money.parse("".join(valuelist[:1]), site().currency)
        except Refused as refused:
            raise ValueError(refused.message) from None


def _field(each: settings.Field) -> Field:
    label, help_text = str(each.label), str(each.help)
    if each.secret:
        longest = each.maximum or LONGEST_TEXT
        return PasswordField(label, description=help_text, **one_line(longest, required=False))
    if each.shown_as:
        return _special_field(each, label, help_text)
    if each.kind is tuple:
        return _list_field(each, label, help_text)
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


def _special_field(each: settings.Field, label: str, help_text: str) -> Field:
    if each.shown_as == "money":
        hint = _("In %(currency)s. %(help)s", currency=site().currency, help=help_text)
        return MoneyField(label, description=hint.strip(), render_kw={"inputmode": "decimal"})
    if each.shown_as == "country":
        offered = [SelectChoice("", _("Not chosen")), *(SelectChoice(*one) for one in countries())]
        return SelectField(label, description=help_text, choices=offered, coerce=str.upper)
    if each.shown_as == "menu":
        return MenuField(label, description=help_text)
    if each.shown_as in PICTURES:
        upload: Field = FileField(label, description=help_text)
        return upload
    zones = [SelectChoice(name, name.replace("_", " ")) for name in time_zones()]
    return SelectField(label, description=help_text, choices=zones)


def _list_field(each: settings.Field, label: str, help_text: str) -> Field:
    if not each.choices:
        return LinesField(label, description=help_text)
    return SelectMultipleField(
        label,
        description=help_text,
        choices=[SelectChoice(value, str(text)) for value, text in each.choices],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
