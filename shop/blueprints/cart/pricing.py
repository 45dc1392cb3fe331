"""The pricing engine: from facts and terms to a quote. It reads no database, clock or language: the same input gives
the same quote.

Discounts first, each a part of the price before any; then shipping, free from what the goods cost then; then tax.
Everything is rounded line by line, half up, to what can be charged in the currency; sums are sums of rounded lines,
so that they always agree.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from shop.blueprints.cart.quote import AppliedDiscount, PricedLine, Quote, TaxShare
from shop.core import money
from shop.plugins.terms.cart_rules import (
    WHOLE,
    CartFacts,
    CartTerm,
    Discount,
    Objection,
    Question,
    ShippingOption,
    Tax,
)


class TermsDisagree(Exception):
    """Two rules tax the same line, or disagree whether prices include tax."""


class NotCredible(Exception):
    """A price came out that nobody can have meant."""


def verified(cart: CartFacts, quote: Quote) -> Quote:
    """The same quote, if it can be charged: a last look at what the arithmetic made of the rules' terms.

    Raises:
        NotCredible: its lines are not the cart's, or an amount is below zero or too large.
    """
    ordered = [(line.variant_id, line.quantity) for line in cart.lines]
    amounts = (
        quote.discount_minor,
        quote.shipping_minor,
        quote.tax_minor,
        quote.subtotal_minor - quote.discount_minor,
        quote.total_minor,
    )
    if [(line.variant_id, line.quantity) for line in quote.lines] != ordered:
        raise NotCredible("the lines of the quote are not those of the cart")
    if not all(0 <= amount <= money.MAX_MINOR for amount in amounts):
        raise NotCredible(f"an amount is below zero or too large: {amounts}")
    return quote


def price(cart: CartFacts, terms: Iterable[CartTerm]) -> Quote:
    """What a cart costs under these terms, in whatever order they come.

    Raises:
        TermsDisagree: the terms can't hold together.
    """
    said = list(terms)
    step = money.step(cart.currency)
    taxes = _taxes_by_line([each for each in said if isinstance(each, Tax)])
    on_shipping = _tax_on_shipping([each for each in said if isinstance(each, Tax)])
    units = [
        _without_reversed(line.unit_price_minor, taxes.get(line.variant_id), step)
        for line in cart.lines
    ]
    discounts = sorted((each for each in said if isinstance(each, Discount)), key=_standing)
    applied, off = _discounted(cart, units, discounts, step)
    goods = sum(
        unit * line.quantity - less for unit, line, less in zip(units, cart.lines, off, strict=True)
    )
    options = _shipping(
        [each for each in said if isinstance(each, ShippingOption)],
        goods,
        is_freed=any(each.frees_shipping for each in discounts),
        tax=on_shipping,
        step=step,
    )
    chosen = _chosen(options, cart.shipping_choice) if cart.needs_shipping else None
    lines = tuple(
        _taxed(line.variant_id, line.quantity, unit, less, taxes.get(line.variant_id), step)
        for unit, line, less in zip(units, cart.lines, off, strict=True)
    )
    shipping_tax = _tax_of(chosen.price_minor, on_shipping, step) if chosen else 0
    return Quote(
        currency=cart.currency,
        country=cart.country,
        lines=lines,
        discounts=applied,
        shipping=chosen,
        shipping_options=options if cart.needs_shipping else (),
        shipping_tax_minor=shipping_tax,
        taxes=_shares(lines, taxes, chosen, on_shipping, shipping_tax),
        prices_include_tax=_is_included(taxes.values(), on_shipping),
        questions=tuple(each for each in said if isinstance(each, Question)),
        objections=tuple(each for each in said if isinstance(each, Objection)),
    )


def _taxes_by_line(taxes: Sequence[Tax]) -> dict[int, Tax]:
    found: dict[int, Tax] = {}
    for tax in taxes:
        for variant_id in tax.variant_ids:
            if variant_id in found:
                raise TermsDisagree(f"variant {variant_id} is taxed twice")
            found[variant_id] = tax
    return found


def _tax_on_shipping(taxes: Sequence[Tax]) -> Tax | None:
    found = [tax for tax in taxes if tax.on_shipping]
    if len(found) > 1:
        raise TermsDisagree("shipping is taxed twice")
    return found[0] if found else None


def _is_included(taxes: Iterable[Tax], on_shipping: Tax | None) -> bool:
    charged = [tax for tax in (*taxes, on_shipping) if tax is not None and not tax.is_reversed]
    said = {tax.is_included for tax in charged}
    if len(said) > 1:
        raise TermsDisagree("some prices include tax and some do not")
    return said != {False}


def _without_reversed(minor: int, tax: Tax | None, step: int) -> int:
    if tax is None or not (tax.is_reversed and tax.is_included):
        return minor
    return money.rounded(minor * WHOLE, WHOLE + tax.rate, step)


def _standing(discount: Discount) -> tuple[str, str, int, int, bool, bool, list[int]]:
    """Sort the terms, so that the order of the rules does not matter."""
    return (
        discount.code,
        discount.label,
        discount.percent,
        discount.amount_minor,
        discount.frees_shipping,
        discount.variant_ids is None,
        sorted(discount.variant_ids or ()),
    )


def _discounted(
    cart: CartFacts, units: Sequence[int], discounts: Sequence[Discount], step: int
) -> tuple[tuple[AppliedDiscount, ...], list[int]]:
    """Percentages first, then amounts."""
    full = [unit * line.quantity for unit, line in zip(units, cart.lines, strict=True)]
    left = list(full)
    taken = [0] * len(discounts)
    for position, discount in enumerate(discounts):
        for index in _bound(cart, discount):
            part = min(left[index], _part(full[index], discount.percent, step))
            left[index] -= part
            taken[position] += part
    for position, discount in enumerate(discounts):
        bound = _bound(cart, discount)
        spread = money.spread(discount.amount_minor, [left[index] for index in bound])
        for index, amount in zip(bound, spread, strict=True):
            left[index] -= amount
        taken[position] += sum(spread)
    applied = tuple(
        AppliedDiscount(discount.label, discount.code, amount, discount.frees_shipping)
        for discount, amount in zip(discounts, taken, strict=True)
    )
    return applied, [whole - rest for whole, rest in zip(full, left, strict=True)]


def _bound(cart: CartFacts, discount: Discount) -> list[int]:
    return [
        index
        for index, line in enumerate(cart.lines)
        if discount.variant_ids is None or line.variant_id in discount.variant_ids
    ]


def _part(minor: int, percent: int, step: int) -> int:
    return minor if percent >= WHOLE else money.rounded(minor * percent, WHOLE, step)


def _shipping(
    offered: Sequence[ShippingOption], goods: int, *, is_freed: bool, tax: Tax | None, step: int
) -> tuple[ShippingOption, ...]:
    """What each shipping method costs now. A code for free shipping takes the price of the cheapest off every
    method."""
    now = []
    for option in offered:
        is_free = option.free_from_minor is not None and goods >= option.free_from_minor
        asked = _without_reversed(option.price_minor, tax, step)
        price = 0 if is_free else money.rounded(asked, 1, step)
        now.append(ShippingOption(option.key, option.label, price, option.free_from_minor))
    off = min((option.price_minor for option in now), default=0) if is_freed else 0
    lowered = [
        ShippingOption(each.key, each.label, each.price_minor - off, each.free_from_minor)
        for each in now
    ]
    return tuple(sorted(lowered, key=lambda each: (each.price_minor, each.label, each.key)))


def _chosen(options: Sequence[ShippingOption], key: str) -> ShippingOption | None:
    return next((each for each in options if each.key == key), options[0] if options else None)


def _tax_of(minor: int, tax: Tax | None, step: int) -> int:
    if tax is None or tax.is_reversed:
        return 0
    if tax.is_included:
        return money.rounded(minor * tax.rate, WHOLE + tax.rate, 1)
    return money.rounded(minor * tax.rate, WHOLE, step)


def _taxed(
    variant_id: int, quantity: int, unit: int, off: int, tax: Tax | None, step: int
) -> PricedLine:
    rate = 0 if tax is None or tax.is_reversed else tax.rate
    owed = _tax_of(unit * quantity - off, tax, step)
    return PricedLine(variant_id, quantity, unit, off, owed, rate)


def _shares(
    lines: Sequence[PricedLine],
    taxes: dict[int, Tax],
    shipping: ShippingOption | None,
    on_shipping: Tax | None,
    shipping_tax: int,
) -> tuple[TaxShare, ...]:
    """One row a label and rate, of what was rounded already."""
    sums: dict[tuple[str, int], tuple[int, int]] = {}
    charged = [
        (taxes[line.variant_id], line.subtotal_minor - line.discount_minor, line.tax_minor)
        for line in lines
        if line.variant_id in taxes
    ]
    if shipping is not None and on_shipping is not None:
        charged.append((on_shipping, shipping.price_minor, shipping_tax))
    for tax, minor, owed in charged:
        key = (tax.label, 0 if tax.is_reversed else tax.rate)
        base = minor - owed if tax.is_included and not tax.is_reversed else minor
        before = sums.get(key, (0, 0))
        sums[key] = (before[0] + base, before[1] + owed)
    return tuple(
        TaxShare(label, rate, base, owed)
        for (label, rate), (base, owed) in sorted(sums.items(), key=lambda each: each[0])
    )
