"""The shape of a zone and of a rate."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, IntegerField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the stubs
from wtforms.validators import Optional
from wtforms.widgets import CheckboxInput, ListWidget

from shop.blueprints.shipping.models import ShippingRate, ShippingZone
from shop.blueprints.shipping.services import ShippingTerms
from shop.core import money
from shop.core.countries import countries
from shop.core.web.forms import between
from shop.plugins.api.forms import Form, amount, one_line

HEAVIEST = 10_000_000


class ZoneForm(Form):
    """A zone's name and countries."""

    name = StringField(_l("Name"), **one_line(80, missing=_l("Enter a name for this zone.")))
    is_rest = BooleanField(_l("All countries that are in no other zone"))
    countries = SelectMultipleField(
        _l("Countries"),
        choices=[],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )

    @classmethod
    def of(cls, zone: ShippingZone | None) -> ZoneForm:
        """The form as the zone is now; what was sent goes before it."""
        form = cls(obj=zone)
        own = set(zone.countries) if zone else set()
        form.countries.choices = [
            SelectChoice(code, name)
            for code, name in sorted(countries(), key=lambda pair: pair[0] not in own)
        ]
        return form


class ShippingRateForm(Form):
    """What a shipping method costs."""

    label = StringField(
        _l("Name"),
        description=_l("What buyers see, for example “By post”."),
        **one_line(80, missing=_l("Enter a name for this rate.")),
    )
    price = StringField(_l("Price"), **one_line(20, missing=_l("Enter a price.")))
    free_from = StringField(_l("Free shipping from"), **one_line(20, required=False))
    max_grams = IntegerField(
        _l("Maximum weight in grams"),
        description=_l("Not offered for heavier parcels. Leave empty for no limit."),
        validators=[Optional(), between(1, HEAVIEST)],
    )

    @classmethod
    def of(cls, rate: ShippingRate | None) -> ShippingRateForm:
        """The form as the rate is now."""
        if rate is None:
            return cls()
        free_from = rate.free_from_minor
        return cls(
            obj=rate,
            data={
                "price": str(money.to_decimal(rate.price_minor, rate.currency)),
                "free_from": ""
                if free_from is None
                else str(money.to_decimal(free_from, rate.currency)),
            },
        )

    def terms(self, currency: str) -> ShippingTerms:
        """What was sent.

        Raises:
            Refused: an amount is none in this currency; `field` names it.
        """
        return ShippingTerms(
            label=self.label.data or "",
            price_minor=amount(self.price, currency),
            free_from_minor=amount(self.free_from, currency, least=1)
            if self.free_from.data
            else None,
            max_grams=self.max_grams.data,
        )
