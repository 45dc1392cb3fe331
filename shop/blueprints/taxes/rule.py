"""Which tax a cart has."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import gettext as _

from shop.blueprints.taxes import queries, union
from shop.blueprints.taxes.models import Goods, TaxRate
from shop.blueprints.taxes.settings import TaxSettings
from shop.core import settings
from shop.core.countries import country_name, home_country
from shop.plugins.api import CartFacts, CartTerm, Objection, Question, Tax


class TaxRule:
    """A `CartRule`: the rates of where the parcel goes, or where the buyer of downloads lives."""

    name = "taxes"
    takes_codes = False

    def terms(self, cart: CartFacts) -> Iterable[CartTerm]:
        """The taxes, once the country is known; nothing while there is no rate at all."""
        if not queries.has_rates():
            return
        rules = settings.current(TaxSettings)
        is_open = not (rules.prices_include_tax or cart.country)
        yield Question("country", adds_tax=is_open, settles_tax=True)
        if not cart.country:
            return
        home = home_country()
        is_abroad = cart.country != home and {cart.country, home} <= union.MEMBERS
        reverses = rules.reverses_charge and is_abroad
        asks_number = rules.asks_tax_number or reverses
        if asks_number:
            yield Question("tax_number", is_required=False)
        looks_right = union.looks_right(cart.tax_number, cart.country)
        if asks_number and cart.tax_number and not looks_right:
            yield _not_a_number(cart.country)
        is_reversed = reverses and looks_right
        taxed_in = home if rules.is_small and is_abroad and not is_reversed else cart.country
        rates = queries.in_force([taxed_in])
        for goods in (Goods.DIGITAL, Goods.SENT):
            rate = rates.get((taxed_in, goods)) or rates.get((taxed_in, Goods.EVERYTHING))
            variants = _variants(cart, goods)
            if rate is not None and variants:
                yield _tax(rate, variants, goods, rules=rules, is_reversed=is_reversed)


def _variants(cart: CartFacts, goods: Goods) -> frozenset[int]:
    return frozenset(
        line.variant_id for line in cart.lines if line.is_digital == (goods == Goods.DIGITAL)
    )


def _tax(
    rate: TaxRate,
    variants: frozenset[int],
    goods: Goods,
    *,
    rules: TaxSettings,
    is_reversed: bool,
) -> Tax:
    label = rate.label
    if is_reversed:
        # Articles 196 and 138 of Directive 2006/112/EC; what Article 226 (11 and 11a) wants to be said.
        label = str(
            _("Reverse charge: the buyer owes the tax.")
            if goods == Goods.DIGITAL
            else _("Tax-free intra-Community supply.")
        )
    return Tax(
        label=label,
        rate=rate.rate,
        variant_ids=variants,
        on_shipping=goods == Goods.SENT,  # what sends the goods is taxed as they are
        is_included=rules.prices_include_tax,
        is_reversed=is_reversed,
    )


def _not_a_number(country: str) -> Objection:
    if country not in union.MEMBERS:
        return Objection(_("This does not look like a VAT or tax number."), "tax_number")
    return Objection(
        _(
            "A tax number of %(country)s begins with %(prefix)s, and its digits must match each other. "
            "Check what you typed, or leave it out.",
            country=country_name(country),
            prefix=union.prefix(country),
        ),
        "tax_number",
    )
