"""The shape of a rate of tax."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, cast

from flask_babel import lazy_gettext as _l
from wtforms import DateField, SelectField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the stubs

from shop.blueprints.taxes.models import Goods, TaxRate
from shop.blueprints.taxes.services import TaxTerms
from shop.core.countries import countries
from shop.core.web.forms import choices_of, percentage
from shop.plugins.api.forms import Form, Required, one_line


class TaxRateForm(Form):
    """A country's rate from a day on."""

    country = SelectField(_l("Country"), choices=[], validators=[Required(_l("Choose a country."))])
    applies_to = SelectField(_l("Applies to"), choices=choices_of(Goods))
    label = StringField(
        _l("Name"),
        description=_l("What buyers see, for example VAT."),
        **one_line(40, missing=_l("Enter a name for this tax.")),
    )
    rate = StringField(_l("Percentage"), **one_line(10, missing=_l("Enter a percentage.")))
    valid_from = DateField(_l("From"), validators=[Required(_l("Choose a day."))])
    source = StringField(
        _l("Source"), description=_l("Where you found this rate."), **one_line(200, required=False)
    )

    @classmethod
    def of(cls, rate: TaxRate | None) -> TaxRateForm:
        """The form as the rate is now; what was sent goes before it."""
        form = cls(data=_as_stored(rate) if rate else {})
        form.country.choices = [
            SelectChoice("", _l("Choose a country")),
            *(SelectChoice(code, name) for code, name in countries()),
        ]
        return form

    def terms(self) -> TaxTerms:
        """What was sent.

        Raises:
            Refused: the percentage is none; `field` names it.
        """
        return TaxTerms(
            country=self.country.data,
            applies_to=Goods(self.applies_to.data),
            label=self.label.data or "",
            rate=percentage(self.rate, least=0),
            valid_from=cast("date", self.valid_from.data),
            source=self.source.data or "",
        )


def _as_stored(rate: TaxRate) -> dict[str, Any]:
    names = ("country", "applies_to", "label", "valid_from", "source")
    percent = f"{(Decimal(rate.rate) / 1000).normalize():f}"
    return {name: getattr(rate, name) for name in names} | {"rate": percent}
