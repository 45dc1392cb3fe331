"""The shape of what is asked below a sold-out product."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import EmailField, SelectField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the stubs

from shop.blueprints.catalog.models import Variant
from shop.plugins.api.forms import Form, email_address


class NotifyForm(Form):
    """Which variant, and where to. Ids of their own: the page has other fields of these names."""

    variant = SelectField(_l("Variant"), id="notify-variant", coerce=int)
    email = EmailField(_l("Email"), id="notify-email", **email_address())
    website = StringField(_l("Leave this field empty"), id="notify-website")

    def offer(self, variants: list[Variant]) -> None:
        """The variants to choose from."""
        self.variant.choices = [
            SelectChoice(variant.id, variant.title or variant.product.title) for variant in variants
        ]
