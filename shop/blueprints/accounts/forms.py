"""The shape of what people say about themselves."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import EmailField, Field, PasswordField, StringField
from wtforms.validators import InputRequired

from shop.core.forms import Form, email_address, one_line


def _password(label: Any) -> PasswordField:
    # Neither trimmed nor measured here: a password is taken as typed, and judged in one place.
    return PasswordField(label, validators=[InputRequired(_l("Fill this in."))])


class RegistrationForm(Form):
    """Somebody wants an account."""

    name = StringField(_l("Name"), **one_line(80))
    email = EmailField(_l("Email"), **email_address())
    password = _password(_l("Password"))


class SignInForm(Form):
    """Somebody says who he is. The address is only looked up, so it may be any line."""

    email = EmailField(_l("Email"), **one_line(320))
    password = _password(_l("Password"))


class ResetForm(Form):
    """Somebody has forgotten a password."""

    email = EmailField(_l("Email"), **email_address())


class PasswordForm(Form):
    """A new password, by a link that was mailed."""

    password = _password(_l("New password"))


class ConfirmForm(Form):
    """The password, to show that it is the person himself."""

    password = _password(_l("Password"))


class PasswordChangeForm(Form):
    """A new password, by somebody who knows the present one."""

    current = _password(_l("Present password"))
    password = _password(_l("New password"))


class NameForm(Form):
    """Another name."""

    name = StringField(_l("Name"), **one_line(80))


class EmailChangeForm(Form):
    """Another address, by somebody who knows the password."""

    email = EmailField(_l("New email"), **email_address())
    current = _password(_l("Password"))


def typed(field: Field) -> str:
    """What was typed into a field that has passed its validators."""
    return field.data or ""
