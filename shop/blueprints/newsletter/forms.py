"""Forms: the sign-up, and an issue."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import EmailField, StringField, TextAreaField

from shop.plugins.api.forms import Form, email_address, one_line, several_lines


class SignUpForm(Form):
    """An address. `website` is a trap: people do not see it."""

    email = EmailField(_l("Email"), **email_address())
    website = StringField(_l("Leave this field empty"))


class CampaignForm(Form):
    """An issue."""

    subject = StringField(_l("Subject"), **one_line(150, missing=_l("Enter a subject.")))
    body = TextAreaField(
        _l("Text"), **several_lines(50_000, missing=_l("Enter the text of this issue."))
    )
