"""The shape of what staff say about a refund."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, IntegerField, StringField
from wtforms.validators import Length, Optional

from shop.blueprints.orders.models import Order
from shop.core import money
from shop.core.web.forms import OnceForm, between
from shop.plugins.api import Refused
from shop.plugins.api.forms import one_line


class RefundForm(OnceForm):
    """What is to be given back; `line_<id>` says How many items of a line. Amounts as people type them.

    `seen` is the sum, in minor units, that stood on the page when it was confirmed; empty before.
    """

    shipping = StringField(_l("Shipping"), **one_line(20, required=False))
    extra = StringField(
        _l("Extra amount to refund"),
        description=_l("In addition to the items and the shipping."),
        **one_line(20, required=False),
    )
    restock = BooleanField(_l("Return items that were not sent to stock"), default=True)
    is_returned = BooleanField(_l("Return items that were sent to stock"))
    reason = StringField(
        _l("Reason"),
        description=_l("Only for staff. The buyer does not see it."),
        **one_line(300, missing=_l("Enter a reason.")),
    )
    seen = HiddenField(validators=[Optional(), Length(max=20)])

    def pieces(self, order: Order) -> dict[int, int]:
        """Items to refund, by order line; lines of which none is, are left out."""
        fields = {line.id: f"line_{line.id}" for line in order.lines}
        found = {line: self[name].data or 0 for line, name in fields.items() if name in self}
        return {line: quantity for line, quantity in found.items() if quantity}

    def amount(self, name: str, currency: str) -> int:
        """An amount that was typed, in minor units; 0 where nothing was.

        Raises:
            Refused: it is none, or negative.
        """
        typed = self[name].data or ""
        try:
            minor = money.parse(typed, currency) if typed else 0
        except Refused as refusal:
            raise Refused(refusal.message, field=name) from refusal
        if minor < 0:
            raise Refused(_("Enter an amount such as 14.00."), field=name)
        return minor


def refund_form(order: Order, **given: Any) -> RefundForm:
    """The form for what is left of an order to refund."""
    fields = {
        f"line_{line.id}": IntegerField(
            line.title, validators=[Optional(), between(0, line.quantity - line.refunding_quantity)]
        )
        for line in order.lines
        if line.quantity > line.refunding_quantity
    }
    form: RefundForm = type("FittingRefundForm", (RefundForm,), fields)(**given)
    for name in fields:
        form[name].flags.required = True  # each is a question of its own: "none" is an answer
    if not any(line.shipped_quantity for line in order.lines):
        del form.is_returned
    form.name_page()
    return form
