"""The pricing engine over any cart and any terms: sums agree, nothing is negative, the order of rules is nothing."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from shop.blueprints.cart.pricing import TermsDisagree, price
from shop.core import money
from shop.core.errors import Refused
from shop.plugins.api import CartFacts, CartFactsLine, Discount, ShippingOption, Tax

CURRENCIES = ("EUR", "JPY", "KWD")
thorough = settings(max_examples=100, deadline=None, database=None, derandomize=True)


def line(variant_id=1, unit=1400, quantity=1, *, digital=True):
    return CartFactsLine(variant_id, variant_id, unit, quantity, digital)


def cart(*lines, currency="EUR", **values):
    return CartFacts(lines=lines or (line(),), currency=currency, **values)


@st.composite
def carts(draw):
    currency = draw(st.sampled_from(CURRENCIES))
    count = draw(st.integers(1, 5))
    lines = [
        line(
            number,
            draw(st.integers(0, 2_000_000)) * money.step(currency),
            draw(st.integers(1, 40)),
            digital=draw(st.booleans()),
        )
        for number in range(1, count + 1)
    ]
    return cart(*lines, currency=currency, shipping_choice=draw(st.sampled_from(["", "a", "b"])))


@st.composite
def all_terms(draw, facts):
    step = money.step(facts.currency)
    variants = [each.variant_id for each in facts.lines]
    some = st.none() | st.frozensets(st.sampled_from(variants))
    amounts = st.integers(0, 3_000_000).map(lambda units: units * step)
    discounts = draw(
        st.lists(
            st.builds(
                Discount,
                label=st.sampled_from("PQRS"),
                percent=st.integers(0, 100_000),
                amount_minor=amounts,
                variant_ids=some,
                frees_shipping=st.booleans(),
            ),
            max_size=4,
        )
    )
    options = [
        ShippingOption(key, key, draw(amounts), draw(st.none() | amounts))
        for key in draw(st.sets(st.sampled_from("abc")))
    ]
    taxed = {each.variant_id for each in facts.lines if draw(st.booleans())}
    included = draw(st.booleans())
    digital = frozenset(
        each.variant_id for each in facts.lines if each.is_digital and each.variant_id in taxed
    )
    rates = st.integers(0, 100_000)
    reversed_ = st.booleans()
    taxes = [
        Tax("VAT", draw(rates), digital, is_included=included, is_reversed=draw(reversed_)),
        Tax(
            "VAT",
            draw(rates),
            frozenset(taxed) - digital,
            on_shipping=draw(st.booleans()),
            is_included=included,
            is_reversed=draw(reversed_),
        ),
    ]
    return [*discounts, *options, *taxes]


@st.composite
def priced(draw):
    facts = draw(carts())
    return facts, draw(all_terms(facts))


@thorough
@given(priced())
def test_every_sum_is_the_sum_of_its_lines_and_nothing_is_negative(given_):
    facts, terms = given_
    quote = price(facts, terms)
    for each in quote.lines:
        assert 0 <= each.discount_minor <= each.subtotal_minor
        assert each.tax_minor >= 0
    charged = sum(each.subtotal_minor - each.discount_minor for each in quote.lines)
    on_top = 0 if quote.prices_include_tax else quote.tax_minor
    assert quote.total_minor == charged + quote.shipping_minor + on_top >= 0
    assert quote.shipping_minor >= 0
    assert quote.discount_minor == sum(each.amount_minor for each in quote.discounts)
    assert quote.tax_minor == sum(share.tax_minor for share in quote.taxes)
    if len(quote.taxes) and all(each.variant_id in _taxed(terms) for each in quote.lines):
        gross = charged + (quote.shipping_minor if _shipping_is_taxed(terms) else 0) + on_top
        assert sum(share.base_minor + share.tax_minor for share in quote.taxes) == gross


def _taxed(terms):
    return {v for term in terms if isinstance(term, Tax) for v in term.variant_ids}


def _shipping_is_taxed(terms):
    return any(term.on_shipping for term in terms if isinstance(term, Tax))


@thorough
@given(priced(), st.randoms(use_true_random=False))
def test_it_does_not_matter_in_which_order_rules_speak(given_, shuffler):
    facts, terms = given_
    others = list(terms)
    shuffler.shuffle(others)
    assert price(facts, others) == price(facts, terms)


@thorough
@given(priced())
def test_the_total_can_be_charged_in_the_currency(given_):
    facts, terms = given_
    assert price(facts, terms).total_minor % money.step(facts.currency) == 0


@thorough
@given(carts(), st.integers(0, 99_999), st.integers(1, 50_000))
def test_a_greater_discount_never_costs_more(facts, percent, more):
    less = price(facts, [Discount("less", percent=percent)])
    greater = price(facts, [Discount("more", percent=min(100_000, percent + more))])
    assert greater.total_minor <= less.total_minor


@thorough
@given(st.integers(0, 10**9), st.lists(st.integers(0, 10**6), max_size=9))
@example(100, [1, 1, 1])
def test_an_amount_is_spread_to_the_last_cent(amount, over):
    parts = money.spread(amount, over)
    assert sum(parts) == min(amount, sum(over))
    assert all(0 <= part <= most for part, most in zip(parts, over, strict=True))


@pytest.mark.parametrize("currency", CURRENCIES)
def test_all_for_nothing_is_nothing(currency):
    quote = price(
        cart(line(1, 1230), line(2, 3330, 3, digital=False), currency=currency),
        [
            Discount("GIFT", percent=100_000, frees_shipping=True),
            ShippingOption("post", "By post", 490),
            Tax("VAT", 19_000, frozenset({1, 2}), on_shipping=True, is_included=False),
        ],
    )
    assert (quote.total_minor, quote.discount_minor, quote.tax_minor) == (0, 11220, 0)


def test_what_sending_costs_is_rounded_to_what_can_be_charged():
    """The flat rate is a number of minor units, set before anybody thought of the currency."""
    sent = cart(line(unit=100_000, digital=False), currency="ISK")
    assert price(sent, [ShippingOption("a", "By post", 490)]).total_minor == 100_500


@pytest.mark.parametrize(
    ("typed", "currency", "minor"), [("12", "ISK", 1200), ("3", "UGX", 300), ("1.25", "KWD", 1250)]
)
def test_an_amount_that_can_be_charged_is_taken(typed, currency, minor):
    assert money.parse(typed, currency) == minor


@pytest.mark.parametrize(
    ("typed", "currency"), [("12.50", "ISK"), ("3.01", "UGX"), ("1.255", "KWD"), ("-0.001", "BHD")]
)
def test_an_amount_finer_than_can_be_charged_is_refused(typed, currency):
    with pytest.raises(Refused, match="is charged in steps of"):
        money.parse(typed, currency)


@pytest.mark.parametrize(
    ("currency", "unit", "percent", "off"),
    [("EUR", 999, 15_000, 150), ("JPY", 999, 15_000, 150), ("KWD", 9_990, 15_000, 1_500)],
)
def test_a_part_is_rounded_to_what_the_currency_has(currency, unit, percent, off):
    quote = price(cart(line(1, unit), currency=currency), [Discount("P", percent=percent)])
    assert quote.discount_minor == off


def test_tax_within_prices_changes_no_total_and_tax_on_top_adds_to_it():
    within = Tax("VAT", 19_000, frozenset({1}))
    on_top = Tax("VAT", 19_000, frozenset({1}), is_included=False)
    assert [
        (q.total_minor, q.tax_minor) for q in (price(cart(), [t]) for t in (within, on_top))
    ] == [
        (1400, 224),
        (1666, 266),
    ]


def test_who_owes_the_tax_himself_pays_prices_without_it():
    reverse = Tax("reverse", 19_000, frozenset({1}), is_reversed=True)
    quote = price(cart(line(1, 1190, 2)), [reverse])
    assert (quote.total_minor, quote.tax_minor, quote.taxes[0].rate) == (2000, 0, 0)


def test_shipping_is_free_from_what_the_goods_cost_after_discounts():
    post = ShippingOption("post", "By post", 490, free_from_minor=2000)
    book = line(1, 2000, digital=False)
    assert price(cart(book), [post]).shipping_minor == 0
    assert price(cart(book), [post, Discount("P", amount_minor=1)]).shipping_minor == 490


def test_free_shipping_takes_the_price_of_the_cheapest_way_off_the_others_too():
    ways = [ShippingOption("post", "By post", 490), ShippingOption("air", "By air", 990)]
    free = Discount("FREE", frees_shipping=True)
    book = line(1, 2000, digital=False)
    assert price(cart(book), [*ways, free]).total_minor == 2000
    assert price(cart(book, shipping_choice="air"), [*ways, free]).total_minor == 2500


def test_two_taxes_on_one_line_and_two_minds_about_prices_are_errors():
    twice = [Tax("VAT", 19_000, frozenset({1})), Tax("GST", 5_000, frozenset({1}))]
    with pytest.raises(TermsDisagree):
        price(cart(), twice)
    minds = [
        Tax("VAT", 19_000, frozenset({1})),
        Tax("GST", 5_000, frozenset({2}), is_included=False),
    ]
    with pytest.raises(TermsDisagree):
        price(cart(line(1), line(2)), minds)
