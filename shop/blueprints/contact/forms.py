"""The shape of a message."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import EmailField, StringField, TextAreaField

from shop.plugins.api.forms import Form, email_address, one_line, several_lines


class MessageForm(Form):
    """What the contact page asks for."""

    name = StringField(_l("Name"), **one_line(80, missing=_l("Enter your name.")))
    email = EmailField(_l("Email"), **email_address())
    message = TextAreaField(_l("Message"), **several_lines(5000, missing=_l("Enter a message.")))
