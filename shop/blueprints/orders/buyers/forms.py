"""The shape of what is asked about orders."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import EmailField

from shop.plugins.api.forms import Form, email_address


class FindForm(Form):
    """Where the links of past orders go."""

    email = EmailField(_l("Email"), **email_address())
