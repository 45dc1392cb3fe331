"""The part of the checkout's form that says who buys and where it goes: of an address, what its country needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import EmailField, Field, SelectField, StringField, TelField, ValidationError
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the stubs
from wtforms.validators import Optional

from shop.blueprints.checkout.settings import CheckoutSettings
from shop.core import settings
from shop.core.addresses import shape_of
from shop.core.countries import needs_customs
from shop.core.phones import read_phone
from shop.core.web.forms import OnceForm
from shop.plugins.api.forms import Required, email_address, one_line

LOCAL_FIELDS = ("postcode", "city", "region", "region_name")
STREET_FIELDS = ("line1", "line2", *LOCAL_FIELDS, "phone")


class DeliveryForm(OnceForm):
    """Who buys, and where it goes. A region is chosen where its country's regions are known, else typed.

    Which of postcode, city and region must be there, the country decides (`fit_address`).
    """

    email = EmailField(_l("Email"), **email_address())
    name = StringField(_l("Name"), **one_line(80, missing=_l("Enter your name.")))
    country = SelectField(_l("Country"), choices=[], validators=[Required(_l("Choose a country."))])
    recipient = StringField(
        _l("Deliver to someone else"),
        description=_l("Their name, if it is not yours."),
        **one_line(80, required=False),
    )
    line1 = StringField(
        _l("Street and number"), **one_line(120, missing=_l("Enter the street and number."))
    )
    line2 = StringField(_l("Flat, floor or company"), **one_line(120, required=False))
    postcode = StringField(_l("Postcode"), **one_line(20, required=False))
    city = StringField(_l("City"), **one_line(80, required=False))
    region = SelectField(_l("Region"), choices=[], validators=[Optional()])
    region_name = StringField(_l("Region"), **one_line(80, required=False))
    phone = TelField(
        _l("Phone"),
        description=_l("For the carrier and for customs."),
        **one_line(40, missing=_l("Enter a phone number.")),
    )

    def fit_address(self) -> None:
        """Ask for what addresses of the chosen country have, in the words that are used there."""
        country = self.country.data or ""
        shape = shape_of(country)
        for part in ("postcode", "city", "region"):
            for name in (part, f"{part}_name"):
                if name in self:
                    self[name].label.text = shape.labels[part]
                    _need(self[name], needed=part in shape.required)
        has_region = "region" in shape.parts
        self.drop("postcode", unless="postcode" in shape.parts)
        self.drop("city", unless="city" in shape.parts)
        self.drop("region", unless=has_region and bool(shape.regions))
        self.drop("region_name", unless=has_region and not shape.regions)
        self.drop("phone", unless=_asks_phone(country))
        if "region" in self:
            self.region.choices = [
                SelectChoice("", _l("Choose an option")),
                *(SelectChoice(each.code, each.name) for each in shape.regions),
            ]

    def drop(self, *names: str, unless: bool) -> None:
        """Take fields out of the form, if they are still in it."""
        for name in () if unless else names:
            if name in self:
                del self[name]

    def local_fields(self) -> list[Field]:
        """Postcode, city and region as far as they are asked for, in the order of writing there."""
        shape = shape_of(self.country.data or "")
        names = (name for part in shape.parts for name in (part, f"{part}_name"))
        return [self[name] for name in names if name in self]

    def validate_postcode(self, field: Field) -> None:
        """Raises ValidationError: no postcode of the country looks like this."""
        shape = shape_of(self.country.data or "")
        field.data = field.data.upper()
        if not shape.has_postcode(field.data):
            raise ValidationError(
                _(
                    "Enter it as it is written there, for example %(code)s.",
                    code=shape.postcode_example,
                )
            )

    def validate_phone(self, field: Field) -> None:
        """Raises ValidationError: nobody could be called there."""
        number = read_phone(field.data, self.country.data or "")
        if number is None:
            raise ValidationError(_("Enter a phone number, for example +353 1 234 5678."))
        field.data = number

    def shipping_address(self) -> dict[str, str] | None:
        """Where the parcel goes, as `Order.address` has it; None when none is sent."""
        if "line1" not in self:
            return None
        asked = {name: self[name].data or "" if name in self else "" for name in STREET_FIELDS}
        region = asked.pop("region_name") or asked["region"]
        return {
            "name": self.recipient.data or self.name.data or "",
            **asked,
            "region": region,
            "country": self.country.data,
        }


def form_values(address: Mapping[str, Any]) -> dict[str, Any]:
    """What an address, as `Order.address` has it, fills the form with; all but the name."""
    known = {name: address.get(name, "") for name in STREET_FIELDS}
    return known | {"region_name": known["region"], "country": address.get("country", "")}


def _asks_phone(country: str) -> bool:
    rule = settings.current(CheckoutSettings).asks_phone
    return rule == "parcels" or (rule == "customs" and needs_customs(country))


def _need(field: Field, *, needed: bool) -> None:
    others = [each for each in field.validators if not isinstance(each, Required | Optional)]
    field.validators = [Required() if needed else Optional(), *others]
    field.flags.required, field.flags.optional = needed, not needed
