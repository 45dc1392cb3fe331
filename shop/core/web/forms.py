"""Parts of forms: how a line, a text and an address are read from what a person types.

Forms only give input its shape; rules of the trade live in services. Errors say how to fix.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypedDict

from flask import has_request_context, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from markupsafe import Markup, escape
from werkzeug.datastructures import (
    CombinedMultiDict,
    FileStorage,
    ImmutableMultiDict,
    MultiDict,
)
from wtforms import Field, FileField, HiddenField, ValidationError
from wtforms.fields.choices import (  # type: ignore[attr-defined]  # newer than the stubs
    Choice,
    SelectChoice,
)
from wtforms.validators import Email, InputRequired, Length, Optional, StopValidation
from wtforms.widgets import Select

from shop.core import money, text
from shop.core.errors import Refused
from shop.core.labels import LabelledEnum
from shop.core.mail.mailboxes import MAX_EMAIL, is_beyond_doubt, read_address
from shop.core.secrets.tokens import random_token
from shop.core.site import site

_PERCENTAGE = re.compile(r"\d{1,3}(?:\.\d{1,3})?", re.ASCII)
ENTER_YOUR_EMAIL = _l("Enter your email address.")
KEY_LENGTH = 60
ROOM_BESIDE = 100_000


CHOOSE_AN_OPTION = _l("Choose one of the options.")
_PLAIN = {
    "Not a valid choice.": CHOOSE_AN_OPTION,
    "Invalid Choice: could not coerce.": CHOOSE_AN_OPTION,
    "Invalid choice(s): one or more data inputs could not be coerced.": CHOOSE_AN_OPTION,
    "Not a valid integer value.": _l("Enter a whole number."),
    "Not a valid date value.": _l("Enter a date such as 2026-11-23."),
    "Not a valid datetime value.": _l("Enter a date and time such as 2026-11-23 14:00."),
    "Invalid input.": _l("This value can’t be used here."),
}
"""What WTForms says of a value that it can't read, and what we say instead."""


class _PlainMessages:
    """WTForms asks this for the words of its own errors; they tell what to enter, not what a value is not."""

    def gettext(self, message: str) -> str:
        return str(_PLAIN.get(message, message))

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        """Asked by SelectMultipleField alone, of choices that were not offered."""
        del singular, plural, n
        return str(CHOOSE_AN_OPTION)


class _Select(Select):
    """A select as WTForms draws it, with plain options put together at once: every country takes long otherwise."""

    @classmethod
    def render_option(cls, choice: Choice, **attributes: Any) -> str:  # type: ignore[override]
        if choice.render_kw or attributes or type(choice.value) not in {str, int}:
            other: str = super().render_option(choice, **attributes)
            return other
        selected = "selected " if choice.selected else ""
        label = escape(choice.label or choice.value)
        return f'<option {selected}value="{escape(choice.value)}">{label}</option>'


_SELECT = _Select()


class Form(FlaskForm):  # type: ignore[misc]
    """Parent of every form; read from the request's body. Cross-site posts are refused before it is built."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        """Where the values come from, how they are drawn, and the words of the errors that WTForms finds."""

        def render_field(self, field: Any, render_kw: dict[str, Any]) -> Markup:
            """A field as HTML."""
            if type(field.widget) is Select and not field.widget.multiple:
                field.widget = _SELECT
            drawn: Markup = super().render_field(field, render_kw)
            return drawn

        def get_translations(self, _form: FlaskForm) -> _PlainMessages:
            """Ours, in the site's language; WTForms' own translations are not asked."""
            return _PlainMessages()

        def wrap_formdata(self, form: FlaskForm, formdata: Any) -> Any:
            """A form's body only: Flask-WTF would take JSON too, whose numbers and lists no field expects."""
            if has_request_context() and request.is_json:
                return ImmutableMultiDict()
            given = super().wrap_formdata(form, formdata)
            return (
                _without_stray_files(form, given) if isinstance(given, CombinedMultiDict) else given
            )


class OnceForm(Form):
    """Parent of a form that does its work once: `page_key` names the page that its button is on."""

    page_key = HiddenField(validators=[Optional(), Length(max=KEY_LENGTH)])

    def pressed(self) -> str:
        """Which page's button it was: pressed twice, it finds what the first time did. Empty when nobody said."""
        return text.clean_line(self.page_key.data or "")[:KEY_LENGTH]

    def name_page(self) -> None:
        """Give the page a key, unless it has one already. Call it when the form is drawn."""
        self.page_key.data = self.pressed() or random_token()


def choices_of(members: Iterable[LabelledEnum]) -> list[SelectChoice]:
    """Members of a labelled enum as the choices of a field, in their order and in the language of the page."""
    return [SelectChoice(member.value, member.lazy_label) for member in members]


def _without_stray_files(
    form: FlaskForm, given: CombinedMultiDict[str, Any]
) -> MultiDict[str, Any]:
    """What was sent, less each file that was sent as the value of a field that takes none."""
    takes_files = {field.name for field in form if isinstance(field, FileField)}
    return MultiDict(
        (name, value)
        for name, value in given.items(multi=True)
        if name in takes_files or not isinstance(value, FileStorage)
    )


class FieldRules(TypedDict):
    """Keyword arguments of a field: `StringField(label, **one_line(80))`."""

    filters: list[Callable[[Any], Any]]
    validators: list[Any]


class Required(InputRequired):
    """The field must hold more than blanks. The error says what to enter: `missing`, else it names the label."""

    def __init__(self, missing: Any = None) -> None:
        super().__init__(message=missing)

    def __call__(self, _form: Any, field: Field) -> None:
        """Raises StopValidation: nothing was entered."""
        given = field.data.strip() if isinstance(field.data, str) else True
        if given and field.raw_data and field.raw_data[0]:
            return
        field.errors = []
        raise StopValidation(
            self.message or _("Enter a value for “%(field)s”.", field=field.label.text)
        )


def one_line(longest: int, *, required: bool = True, missing: Any = None) -> FieldRules:
    """A single line of at most `longest` characters, cleaned. A line break inside is an error, not folded away.

    `missing` is the error of a required field that was left empty, such as "Enter your name."
    """
    return {
        "filters": [_strip],
        "validators": [
            *_presence(required, missing),
            Length(max=longest, message=_l("Use at most %(max)d characters.")),
            no_control_characters,
        ],
    }


def with_folded_lines(rules: FieldRules) -> FieldRules:
    """The rules of a single line for a field that grows over several: a line break in it becomes a space."""
    return {**rules, "filters": [_fold, *rules["filters"]]}


def several_lines(longest: int, *, required: bool = True, missing: Any = None) -> FieldRules:
    """Text of at most `longest` characters, cleaned. `missing` as for `one_line`."""
    return {
        "filters": [lambda value: text.clean_block(value) if value else value],
        "validators": [
            *_presence(required, missing),
            Length(max=longest, message=_l("Use at most %(max)d characters.")),
        ],
    }


def email_address(*, required: bool = True, missing: Any = None) -> FieldRules:
    """An address that mail can be sent to, in the one way that we write addresses.

    `missing` as for `one_line`.
    """
    return {
        "filters": [_strip, _address],
        "validators": [
            *_presence(required, missing or ENTER_YOUR_EMAIL),
            no_control_characters,
            Length(max=MAX_EMAIL, message=_l("Use at most %(max)d characters.")),
            # Few servers take a mailbox of another script (SMTPUTF8); a domain of one travels in ASCII.
            _Email(
                message=_l("Enter an email address like name@example.org."), allow_smtputf8=False
            ),
        ],
    }


class _Email(Email):
    """WTForms' look at an address, for the few that need it: the library it asks is large and slow."""

    def __call__(self, form: Any, field: Any) -> None:
        if not is_beyond_doubt(field.data or ""):
            super().__call__(form, field)


def no_control_characters(_form: Any, field: Field) -> None:
    """Refuse what could end a mail header or hide in a name.

    Raises:
        ValidationError: there is one.
    """
    if field.data and text.has_control_characters(field.data):
        raise ValidationError(_l("Remove line breaks and other invisible characters."))


def between(least: int, most: int) -> Callable[[Any, Field], None]:
    """A validator for a whole number. WTForms' own NumberRange fails on one that is too long for a float."""

    def check(_form: Any, field: Field) -> None:
        if field.data is not None and not least <= field.data <= most:
            raise ValidationError(
                _l("Enter a number from %(least)d to %(most)d.", least=least, most=most)
            )

    return check


def amount(field: Field, currency: str, *, least: int = 0) -> int:
    """The minor units that were typed into a field.

    Raises:
        Refused: it is not an amount of this currency, or below `least`; `field` names it.
    """
    try:
        minor = money.parse(field.data or "", currency)
    except Refused as refusal:
        raise Refused(refusal.message, field=field.name) from None
    if minor < least:
        raise Refused(
            _("Enter at least %(least)s.", least=money.format_money(least, currency)),
            field=field.name,
        )
    return minor


def typed_moment(field: Field) -> datetime | None:
    """The moment, in UTC, of a date and time that was typed into a `DateTimeLocalField`: people mean the site's clock.

    None where nothing was typed.
    """
    typed: datetime | None = field.data
    return typed.replace(tzinfo=site().zone).astimezone(UTC) if typed is not None else None


def percentage(field: Field, *, least: int = 1) -> int:
    """The thousandths of a percent that were typed into a field as a percentage, from `least` to a hundred percent.

    Raises:
        Refused: it is none; `field` names it.
    """
    typed = (field.data or "").strip().removesuffix("%").strip().replace(",", ".")
    rate = int(Decimal(typed) * 1000) if _PERCENTAGE.fullmatch(typed) else -1
    if not least <= rate <= 100_000:
        raise Refused(_("Enter a percentage such as 19 or 5.5, at most 100."), field=field.name)
    return rate


def _presence(required: bool, missing: Any) -> list[Any]:
    return [Required(missing)] if required else [Optional()]


def _fold(value: Any) -> Any:
    return " ".join(value.splitlines()) if isinstance(value, str) else value


def _strip(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    stripped = value.strip(" \t")
    return stripped if text.has_control_characters(stripped) else text.clean_line(stripped)


def _address(value: Any) -> Any:
    # What is no address stays as it was typed, so that the person can fix it.
    return (read_address(value) or value) if isinstance(value, str) else value


def is_too_large(limit: int) -> bool:
    """Whether what is being sent is more than an upload of `limit` bytes and the fields beside it. Then nothing of it
    has been read, and no form must be made of it; what says no length is cut off there by Flask (413).
    """
    request.max_content_length = limit + ROOM_BESIDE
    return (request.content_length or 0) > request.max_content_length


def too_large(field: str, limit: int) -> Refused:
    """What to say of such an upload beside its field. `limit` in bytes."""
    return Refused(
        _("This file is too large. Choose one of at most %(n)d MB.", n=limit // 1_000_000),
        field=field,
    )


def refuse_field(form: Form, refusal: Refused) -> None:
    """Say a rule's refusal beside the field that it names, or at the head of the form."""
    if refusal.field in form:
        field = form[refusal.field]
        field.errors = [*field.errors, refusal.message]
    else:
        form.form_errors.append(refusal.message)
