"""The shape of what a buyer tells us. No amount is ever read from it."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import EmailField, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the stubs
from wtforms.validators import InputRequired, Length, Optional

from shop.blueprints.accounts.models import Account
from shop.blueprints.cart.models import Cart
from shop.blueprints.checkout.models import CheckoutAttempt
from shop.blueprints.orders.countries import countries
from shop.core.forms import Form, email_address, one_line, several_lines
from shop.plugins.api import PaymentProvider

ADDRESS_FIELDS = ("line1", "line2", "postcode", "city", "country")


class CheckoutForm(Form):
    """Who buys, and where it goes. `page_key` and `seen` say which page was sent, and what stood on it."""

    email = EmailField(_l("Email"), **email_address())
    name = StringField(_l("Name"), **one_line(80))
    line1 = StringField(_l("Street and number"), **one_line(120))
    line2 = StringField(_l("Flat, floor, company"), **one_line(120, required=False))
    postcode = StringField(_l("Postcode"), **one_line(20))
    city = StringField(_l("Town"), **one_line(80))
    country = SelectField(_l("Country"), validators=[InputRequired(_l("Choose a country."))])
    note = TextAreaField(_l("Note"), **several_lines(500, required=False))
    method = RadioField(
        _l("How would you like to pay?"), validators=[InputRequired(_l("Choose one."))]
    )
    page_key = HiddenField(validators=[Optional(), Length(max=60)])
    seen = HiddenField(validators=[Optional(), Length(max=64)])

    def fit(self, *, needs_address: bool, providers: list[PaymentProvider]) -> None:
        """Ask only what this order needs: an address for a parcel, a way to pay where there is a choice."""
        if needs_address and "country" in self:
            self.country.choices = [
                SelectChoice(code, name)
                for code, name in (("", _l("Choose a country")), *countries())
            ]
        for name in () if needs_address else ADDRESS_FIELDS:
            if name in self:
                del self[name]
        if "method" not in self:
            return
        if len(providers) < 2:
            del self["method"]
        else:
            self.method.choices = [SelectChoice(each.name, each.label) for each in providers]

    def chosen(self, providers: list[PaymentProvider]) -> PaymentProvider | None:
        """The way to pay that was chosen; the only one, where there is no choice."""
        if "method" not in self:
            return providers[0] if providers else None
        return next(each for each in providers if each.name == self.method.data)

    def address(self) -> dict[str, str] | None:
        """Where the parcel goes; None when none is sent."""
        if "line1" not in self:
            return None
        return {"name": self.name.data or ""} | {
            name: self[name].data or "" for name in ADDRESS_FIELDS
        }

    def key(self) -> str:
        """Which page was sent."""
        return (self.page_key.data or "")[:60]


def known_details(
    account: Account | None, cart: Cart, attempt: CheckoutAttempt | None
) -> dict[str, Any]:
    """What the form is filled with: from this cart's last order, else from the account."""
    details: dict[str, Any] = {"note": cart.note or ""}
    if attempt is not None:
        order = attempt.order
        details |= {"email": order.email, "name": order.name, **(order.address or {})}
    elif account is not None:
        details |= {"email": account.email, "name": account.name}
    return details
