"""The shape of what people say about themselves."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import EmailField, Field, HiddenField, PasswordField, StringField

from shop.core.web.forms import ENTER_YOUR_EMAIL
from shop.plugins.api.forms import Form, Required, email_address, one_line

ENTER_YOUR_PASSWORD = _l("Enter your password.")


def _password(label: Any, missing: Any = ENTER_YOUR_PASSWORD) -> PasswordField:
    # Neither trimmed nor measured here: a password is taken as typed, and judged in one place.
    return PasswordField(label, validators=[Required(missing)])


class RegistrationForm(Form):
    """Someone wants an account."""

    name = StringField(_l("Name"), **one_line(80, missing=_l("Enter your name.")))
    email = EmailField(_l("Email"), **email_address())
    password = _password(_l("Password"), _l("Choose a password."))


class SignInForm(Form):
    """Someone signs in. The address is only looked up, so it may be any line."""

    email = EmailField(_l("Email"), **one_line(320, missing=ENTER_YOUR_EMAIL))
    password = _password(_l("Password"))


class ResetForm(Form):
    """Someone has forgotten a password."""

    email = EmailField(_l("Email"), **email_address())


class PasswordForm(Form):
    """A new password, by a link that was mailed."""

    password = _password(_l("New password"), _l("Enter a new password."))


class ConfirmForm(Form):
    """The password, to show that it is the same person."""

    password = _password(_l("Password"))


class ProofForm(Form):
    """The password, before something important. Its name leaves alone what is sent along with it."""

    proof = _password(_l("Password"))
    passkey = HiddenField()

    def is_sent(self) -> bool:
        """Whether this form was sent, and not only what goes along with it."""
        return bool(self.proof.raw_data or self.passkey.data)

    def is_proof(self) -> bool:
        """Whether there is something to look at; without it the field says what is missing."""
        return bool(self.passkey.data) or bool(self.validate())


class PasswordChangeForm(Form):
    """A new password, by someone who knows the present one."""

    current = _password(_l("Current password"), _l("Enter your current password."))
    password = _password(_l("New password"), _l("Enter a new password."))


class NameForm(Form):
    """Another name."""

    name = StringField(_l("Name"), **one_line(80, missing=_l("Enter your name.")))


class EmailChangeForm(Form):
    """Another address, by someone who knows the password."""

    email = EmailField(
        _l("New email"), **email_address(missing=_l("Enter your new email address."))
    )
    current = _password(_l("Password"))


def typed(field: Field) -> str:
    """What was typed into a field that has passed its validators."""
    return field.data or ""
