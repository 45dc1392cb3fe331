"""The shape of codes."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, PasswordField, StringField

from shop.plugins.api.forms import Form, Required, one_line

ENTER_A_CODE = _l("Enter the code.")


class OneTimeCodeForm(Form):
    """A code of the app, or a recovery code."""

    code = StringField(
        _l("Code"),
        description=_l("The 6 digits in your app, or one of your recovery codes."),
        **one_line(40, missing=ENTER_A_CODE),
    )


class PasskeyForm(Form):
    """What a browser answered for a passkey; a script fills it in."""

    passkey = HiddenField()
    name = StringField(
        _l("Name of the passkey"),
        description=_l("For example the device that it is on."),
        **one_line(80, required=False),
    )


class SetUpForm(Form):
    """The first code of an app, and the password. `secret` is what the page showed, signed."""

    secret = HiddenField()
    code = StringField(_l("Code that the app shows now"), **one_line(20, missing=ENTER_A_CODE))
    current = PasswordField(_l("Your password"), validators=[Required(_l("Enter your password."))])
