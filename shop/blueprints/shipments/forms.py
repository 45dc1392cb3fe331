"""The shape of what is said about a parcel."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, SelectField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the stubs
from wtforms.validators import Optional

from shop.blueprints.orders.models import Order
from shop.blueprints.shipments.carriers import LONGEST_URL, carriers
from shop.core.web.forms import OnceForm, between
from shop.plugins.api.forms import one_line


class ParcelForm(OnceForm):
    """With whom a parcel goes; `line_<id>` says How many items of a line are in it."""

    carrier = SelectField(_l("Carrier"))
    code = StringField(
        _l("Tracking number"),
        description=_l("The tracking link is made from it."),
        **one_line(80, required=False),
    )
    url = StringField(
        _l("Tracking link"),
        description=_l("Only needed if the carrier is not in the list, or its link is different."),
        **one_line(LONGEST_URL, required=False),
    )

    def pieces(self, order: Order) -> dict[int, int]:
        """Items in the parcel, by order line; lines of which none is in it are left out."""
        found = {line.id: self[carrier_name(line.id)].data or 0 for line in order.outstanding}
        return {line_id: quantity for line_id, quantity in found.items() if quantity}


def carrier_name(line_id: int) -> str:
    """The field that says How many items of a line are in the parcel."""
    return f"line_{line_id}"


def parcel_form(order: Order, **given: Any) -> ParcelForm:
    """The form for what is left of an order; everything, unless something else is said."""
    fields = {
        carrier_name(line.id): IntegerField(
            line.title,
            default=line.outstanding,
            validators=[Optional(), between(0, line.outstanding)],
        )
        for line in order.outstanding
    }
    form: ParcelForm = type("FittingParcelForm", (ParcelForm,), fields)(**given)
    form.carrier.choices = [
        SelectChoice("", _("Other or none")),
        *(SelectChoice(each.name, each.name) for each in carriers()),
    ]
    for name in fields:
        form[name].flags.required = True  # each is a question of its own: "none" is an answer
    form.name_page()
    return form
