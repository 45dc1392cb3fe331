"""The shape of what a buyer tells us. No amount is ever read from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    HiddenField,
    RadioField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the stubs
from wtforms.validators import Length, Optional

from shop.blueprints.accounts.models import Account
from shop.blueprints.cart import codes
from shop.blueprints.cart.basket import Basket, BuyerFacts
from shop.blueprints.cart.models import Cart
from shop.blueprints.checkout.agreements import needs_consent
from shop.blueprints.checkout.delivery_forms import STREET_FIELDS, DeliveryForm, form_values
from shop.blueprints.checkout.drafting import Buyer, OrderRequest
from shop.blueprints.checkout.models import CheckoutAttempt
from shop.blueprints.payments.providers import provider_label
from shop.core.countries import countries, home_country, is_country
from shop.core.mail.mailboxes import MAX_EMAIL
from shop.core.web.forms import CHOOSE_AN_OPTION
from shop.plugins.api import OrderView, PaymentProvider, ShippingOption, format_money
from shop.plugins.api.forms import Required, one_line, several_lines
from shop.plugins.fields.custom_forms import (
    FieldGroup,
    data_of_custom_fields,
    drop_unwanted_fields,
    field_groups,
    given_custom_fields,
    with_custom_fields,
)

GIFT_FIELDS = ("recipient", "is_gift", "gift_note")


class CheckoutForm(DeliveryForm):
    """All that a buyer is asked. `page_key` and `seen` say which page was sent, and what stood on it."""

    tax_number = StringField(
        _l("VAT or tax number"),
        description=_l("Only if you buy for a business. We check only the format of the number."),
        **one_line(32, required=False),
    )
    shipping = RadioField(
        _l("Shipping method"),
        choices=[],
        validators=[Required(CHOOSE_AN_OPTION)],
    )
    is_gift = BooleanField(_l("This is a gift"))
    gift_note = TextAreaField(
        _l("Gift message"),
        description=_l("Printed on the packing slip. Prices are not shown."),
        **several_lines(500, required=False),
    )
    note = TextAreaField(_l("Note"), **several_lines(500, required=False))
    consent = BooleanField(
        _l(
            "Deliver my downloads right away. I know that I can’t withdraw from buying them once they are delivered."
        ),
        validators=[
            Required(_l("Tick this box: we may only deliver downloads right away if you agree."))
        ],
    )
    method = RadioField(_l("Payment method"), validators=[Required(CHOOSE_AN_OPTION)])
    seen = HiddenField(validators=[Optional(), Length(max=64)])

    @classmethod
    def sent(cls) -> CheckoutForm:
        """What was sent, with the answers to what plugins ask."""
        return with_custom_fields(cls, OrderView, asked=True)()

    @classmethod
    def filled(cls, details: Mapping[str, Any]) -> CheckoutForm:
        """The form before anything is sent, filled with what is known."""
        return with_custom_fields(cls, OrderView, asked=True)(formdata=None, data=details)

    def groups(self) -> Sequence[FieldGroup]:
        """What plugins ask, for templates."""
        return field_groups(self, OrderView)

    def buyer_facts(self) -> BuyerFacts:
        """What prices may depend on, as far as it was said in a form that may be wrong elsewhere."""
        country = self._said("country")
        return BuyerFacts(
            email=self._said("email")[:MAX_EMAIL].lower(),
            country=country if is_country(country) else "",
            tax_number=normal_tax_number(self._said("tax_number")),
            shipping_choice=self._said("shipping")[:40],
        )

    def _said(self, name: str) -> str:
        return (self[name].data or "") if name in self else ""

    def fit(self, basket: Basket, providers: list[PaymentProvider]) -> None:
        """Ask only what this order needs: an address for a parcel, a country for tax, a choice where there is one."""
        quote = basket.quote
        self.drop(*STREET_FIELDS, *GIFT_FIELDS, unless=basket.needs_address)
        self.drop("country", unless=basket.needs_address or quote.asks_country)
        self.drop("tax_number", unless=quote.asks_tax_number)
        self.drop("shipping", unless=len(quote.shipping_options) > 1)
        self.drop("consent", unless=needs_consent(basket))
        self.drop("method", unless=len(providers) > 1)
        drop_unwanted_fields(self, OrderView, basket.view)
        if "country" in self:
            sensible = quote.countries
            self.country.choices = [
                SelectChoice("", _l("Choose a country")),
                *(
                    SelectChoice(code, name)
                    for code, name in countries()
                    if sensible is None or code in sensible
                ),
            ]
        if "line1" in self:
            self.fit_address()
        if "shipping" in self:
            self.shipping.choices = [
                SelectChoice(each.key, f"{each.label} · {_price_of(each, quote.currency)}")
                for each in quote.shipping_options
            ]
            if quote.shipping is not None:
                self.shipping.data = quote.shipping.key
        if "method" in self:
            self.method.choices = [
                SelectChoice(each.name, provider_label(each)) for each in providers
            ]

    def order_request(
        self, basket: Basket, providers: list[PaymentProvider], *, account_id: int | None
    ) -> OrderRequest | None:
        """What the form asks for, if it is right for this basket; else None. What was not asked was not said."""
        self.fit(basket, providers)
        if not self.validate():
            return None
        buyer = Buyer(
            facts=self.buyer_facts(),
            name=self.name.data or "",
            address=self.shipping_address(),
            note=self.note.data or "",
            account_id=account_id,
            gift_note=self._gift_note(),
            answers=given_custom_fields(self, OrderView),
        )
        return OrderRequest(
            buyer,
            provider=self._chosen(providers),
            page_key=self.pressed(),
            seen=self.seen.data or "",
            has_consented="consent" in self and bool(self.consent.data),
        )

    def new_code(self, basket: Basket) -> str:
        """A code that was typed and is not the basket's yet; it counts whichever button is pressed."""
        typed = request.form.get("code", "").strip()
        return "" if self.takes_code_off() or codes.normal(typed) == basket.code else typed

    def takes_code_off(self) -> bool:
        """Whether the button beside the basket's code was pressed."""
        return "remove" in request.form

    def _chosen(self, providers: list[PaymentProvider]) -> PaymentProvider | None:
        """The payment method that was chosen; the only one, where there is no choice."""
        if "method" not in self:
            return providers[0] if providers else None
        return next(each for each in providers if each.name == self.method.data)

    def _gift_note(self) -> str | None:
        """The words for who gets the parcel; None when it is not a gift."""
        if "is_gift" not in self or not self.is_gift.data:
            return None
        return self.gift_note.data or ""


def normal_tax_number(typed: str) -> str:
    """A tax number as it is kept: in capitals, without what people put between its parts."""
    return "".join(each for each in typed.upper() if each not in " .-/\t")[:32]


def _price_of(option: ShippingOption, currency: str) -> str:
    return format_money(option.price_minor, currency) if option.price_minor else str(_("Free"))


def known_details(
    account: Account | None,
    cart: Cart,
    attempt: CheckoutAttempt | None,
    address: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """What the form is filled with: from this cart's last order, else from the account.

    Args:
        address: where an earlier order of the account went, as `Order.address` has it, if it is to go there again.
    """
    home = home_country()
    details: dict[str, Any] = {"note": cart.note or "", "country": home}
    if attempt is not None:
        order = attempt.order
        details |= {"email": order.email, "name": order.name, "tax_number": order.tax_number}
        details |= {"is_gift": order.is_gift, "gift_note": order.gift_note}
        details |= {"country": order.tax_country or home}
        details |= data_of_custom_fields(OrderView, order.id)
        address = address or order.address
    elif account is not None:
        details |= {"email": account.email, "name": account.name}
    if address is not None:
        to = address["name"] if address["name"] != details.get("name") else ""
        details |= {**form_values(address), "recipient": to}
    return details
