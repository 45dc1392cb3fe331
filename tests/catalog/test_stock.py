"""Stock is promised once, sold once, and every change of it is in the ledger."""

from __future__ import annotations

import random
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import IntegrityError

from shop.blueprints.catalog import jobs, queries, services
from shop.blueprints.catalog.models import (
    MovementKind,
    Reservation,
    ReservationState,
    StockMovement,
    Variant,
)
from shop.blueprints.catalog.stock import ledger, levels, reservations
from shop.blueprints.catalog.stock.levels import LARGEST
from shop.blueprints.catalog.stock.reservations import OutOfStock
from shop.core import clock
from shop.core.errors import Refused
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from shop.plugins.api.events import StockChanged, VariantRestocked
from tests.factories.catalog import make_product, make_variant
from tests.factories.orders import at_once, this_app


def soon():
    return clock.now() + timedelta(minutes=30)


def reserve(reference, *wanted, until=None):
    with unit_of_work():
        reservations.reserve(
            reference,
            {variant.id: quantity for variant, quantity in wanted},
            until=until or soon(),
        )


def release(reference):
    with unit_of_work():
        reservations.release(reference)


def sell(reference):
    with unit_of_work():
        reservations.sell(reference)


def numbers(variant):
    """On hand and reserved, after making sure that the ledger says the same."""
    db.session.rollback()
    db.session.refresh(variant)
    balance = ledger.balance(variant.id)
    assert balance.agrees_with(variant), "the ledger says something else"
    return variant.stock_on_hand, variant.stock_reserved


def kinds(variant):
    return [line.kind for line in reversed(ledger.movements(variant.id).items)]


def test_a_reservation_takes_from_what_remains_and_not_from_what_is_there(app):
    variant = make_variant(left=5)
    reserve("a", (variant, 2))
    assert numbers(variant) == (5, 2)
    assert variant.remaining == 3


def test_a_sale_turns_what_was_promised_into_what_is_gone(app):
    variant = make_variant(left=5)
    reserve("a", (variant, 2))
    sell("a")
    assert numbers(variant) == (3, 0)
    assert kinds(variant) == ["received", "reserved", "sold"]


def test_what_is_released_can_be_sold_again(app):
    variant = make_variant(left=5)
    reserve("a", (variant, 5))
    release("a")
    assert numbers(variant) == (5, 0)
    reserve("b", (variant, 5))
    assert numbers(variant) == (5, 5)


def test_all_is_reserved_or_nothing(app):
    plenty, scarce = make_variant(left=5), make_variant(left=1)
    with pytest.raises(OutOfStock) as refusal:
        reserve("a", (plenty, 2), (scarce, 2))
    assert (refusal.value.variant_id, refusal.value.remaining) == (scarce.id, 1)
    assert (numbers(plenty), numbers(scarce)) == ((5, 0), (1, 0))
    assert queries.held("a") == {}


def test_reserving_twice_for_one_order_takes_once_and_prolongs(app):
    variant = make_variant(left=5)
    reserve("a", (variant, 2))
    later = soon() + timedelta(hours=1)
    reserve("a", (variant, 2), until=later)
    assert numbers(variant) == (5, 2)
    assert db.session.scalar(select(Reservation.until)) == later


def test_what_was_released_may_be_reserved_again_under_its_name(app):
    variant = make_variant(left=5)
    reserve("a", (variant, 2))
    release("a")
    reserve("a", (variant, 3))
    assert numbers(variant) == (5, 3)


def test_what_was_sold_is_never_reserved_again_under_its_name(app):
    variant = make_variant(left=5)
    reserve("a", (variant, 2))
    sell("a")
    reserve("a", (variant, 2))
    assert numbers(variant) == (3, 0)


def test_selling_twice_sells_once(app):
    variant = make_variant(left=5)
    reserve("a", (variant, 2))
    sell("a")
    sell("a")
    assert numbers(variant) == (3, 0)


def test_releasing_twice_gives_back_once_and_a_sale_is_never_given_back(app):
    variant = make_variant(left=5)
    reserve("a", (variant, 2))
    reserve("b", (variant, 2))
    release("a")
    release("a")
    sell("b")
    release("b")
    assert numbers(variant) == (3, 0)


def test_a_name_that_nothing_is_reserved_under_changes_nothing(app):
    release("nobody")
    sell("nobody")
    assert db.session.scalar(select(func.count()).select_from(StockMovement)) == 0


@pytest.mark.parametrize("quantity", [0, -1])
def test_a_reservation_is_of_one_item_at_least(app, quantity):
    variant = make_variant(left=5)
    with pytest.raises(ValueError, match="one item"):
        reserve("a", (variant, quantity))
    assert numbers(variant) == (5, 0)


@pytest.mark.parametrize("terms", [{"left": None}, {"left": 1, "may_oversell": True}])
def test_what_is_not_counted_or_may_be_oversold_can_always_be_reserved_and_sold(app, terms):
    variant = make_variant(**terms)
    reserve("a", (variant, 7))
    assert numbers(variant) == (terms["left"], 7)
    sell("a")
    on_hand = None if terms["left"] is None else -6
    assert numbers(variant) == (on_hand, 0)


def test_what_is_no_longer_counted_in_between_is_sold_all_the_same(app):
    variant = make_variant(left=3)
    reserve("a", (variant, 2))
    with unit_of_work():
        levels.set_on_hand(variant, None)
    sell("a")
    assert numbers(variant) == (None, 0)


def test_last_item_race(app):
    variant = make_variant(left=10)
    variant_id = variant.id

    def buy(number):
        with unit_of_work():
            reservations.reserve(f"buyer-{number}", {variant_id: 1}, until=soon())

    results = at_once(this_app(), 50, buy)
    refused = [result for result in results if isinstance(result, OutOfStock)]
    assert (results.count(None), len(refused)) == (10, 40)
    assert numbers(variant) == (10, 10)


def test_control_last_item_race(app):
    """The control: the same race, but each looks first and takes afterwards, sells what is not there."""
    variant = make_variant(left=10)
    variant_id = variant.id
    all_have_looked = Barrier(50)

    def buy(_number):
        remaining = db.session.get_one(Variant, variant_id).remaining
        db.session.rollback()
        all_have_looked.wait()
        with unit_of_work():
            if remaining < 1:
                raise OutOfStock(variant_id, remaining)
            db.session.execute(update(Variant).values(stock_reserved=Variant.stock_reserved + 1))

    assert at_once(this_app(), 50, buy).count(None) == 50
    db.session.refresh(variant)
    assert (variant.stock_on_hand, variant.stock_reserved) == (10, 50)


def test_two_orders_that_meet_in_two_variants_do_not_lock_each_other_out(app):
    first, second = make_variant(left=40), make_variant(left=40)
    pairs = [(first.id, second.id), (second.id, first.id)]

    def buy(number):
        with unit_of_work():
            reservations.reserve(
                f"buyer-{number}", dict.fromkeys(pairs[number % 2], 1), until=soon()
            )
        with unit_of_work():
            reservations.sell(f"buyer-{number}")

    assert at_once(this_app(), 16, buy) == [None] * 16
    assert (numbers(first), numbers(second)) == ((24, 0), (24, 0))


def test_one_order_settled_by_two_at_once_is_settled_once(app):
    variant = make_variant(left=10)
    reserve("a", (variant, 3))

    def settle(number):
        with unit_of_work():
            (reservations.sell if number % 2 else reservations.release)("a")

    assert at_once(this_app(), 8, settle) == [None] * 8
    assert numbers(variant) in {(7, 0), (10, 0)}
    assert len(kinds(variant)) == 3


POLICIES = [{"left": 20}, {"left": 3, "may_oversell": True}, {"left": None}]


@pytest.mark.parametrize("seed", range(3))
def test_numbers_are_what_the_ledger_adds_up_to_whatever_happens(app, seed):
    """received = on hand + sold + written off, never is more promised than there is, and all of it is recomputed."""
    chance = random.Random(20261122 + seed)
    variants = [make_variant(**terms) for terms in POLICIES]
    for step in range(90):
        _do_anything(chance, chance.choice(variants), f"order-{chance.randrange(12)}", step)
        counted, _oversold, _uncounted = variants
        on_hand, reserved = numbers(counted)
        assert 0 <= reserved <= on_hand
    assert ledger.apart() == []
    for variant in variants:
        on_hand, _reserved = numbers(variant)
        moved = dict(
            db.session.execute(
                select(StockMovement.kind, func.sum(StockMovement.on_hand))
                .where(StockMovement.variant_id == variant.id)
                .group_by(StockMovement.kind)
            ).all()
        )
        if on_hand is not None:
            received = moved.get("received", 0)
            written_off = -moved.get("written_off", 0)
            assert received == on_hand + variant.stock_sold + written_off


def _do_anything(chance, variant, reference, step):
    try:
        match chance.randrange(7):
            case 0 | 1:
                reserve(reference, (variant, chance.randint(1, 6)))
            case 2:
                sell(reference)
            case 3:
                release(reference)
            case 4 if variant.stock_on_hand is not None:
                change(variant, chance.randint(1, 5), reason=f"step {step}")
            case 5 if variant.stock_on_hand is not None:
                change(variant, -chance.randint(1, 5), kind=MovementKind.WRITTEN_OFF)
            case _:
                back = min(chance.randint(1, 2), variant.stock_sold)
                if back:
                    with unit_of_work():
                        levels.take_back(variant.id, back, reference=reference)
    except Refused:
        db.session.rollback()


def test_what_comes_back_is_on_hand_again_and_no_longer_sold(app):
    variant = make_variant(left=5)
    reserve("a", (variant, 3))
    sell("a")
    with unit_of_work():
        levels.take_back(variant.id, 2, reference="a")
    assert (numbers(variant), variant.stock_sold) == ((4, 0), 1)
    change(variant, 3, kind=MovementKind.RETURNED, reason="by hand: more than was sold here")
    assert (numbers(variant), variant.stock_sold) == ((7, 0), 0)
    with unit_of_work():
        levels.take_back(None, 2, reference="gone")
        levels.take_back(2**40, 2, reference="gone")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE variant SET stock_on_hand = 4",
        "UPDATE variant SET stock_reserved = 2",
        "UPDATE variant SET stock_sold = 1",
        "UPDATE stock_reservation SET quantity = 2",
        "DELETE FROM stock_movement WHERE kind = 'received'",
    ],
)
def test_the_doctor_says_when_numbers_and_ledger_part(app, statement):
    make_variant(left=9)
    variant = make_variant(left=5)
    reserve("a", (variant, 1))
    assert ledger.check_ledger() == "all numbers match the stock history"
    with unit_of_work():
        db.session.execute(
            text(
                f"{statement} {'AND' if 'WHERE' in statement else 'WHERE'} "
                + (
                    f"variant_id = {variant.id}"
                    if "variant SET" not in statement
                    else f"id = {variant.id}"
                )
            )
        )
    with pytest.raises(ledger.LedgerParted, match=str(variant.id)):
        ledger.check_ledger()


def test_those_who_wait_are_told_when_it_is_back_and_only_then(app, published):
    variant = make_variant(left=0)
    published.clear()

    def told():
        facts = [fact for fact in published if isinstance(fact, VariantRestocked)]
        published.clear()
        return len(facts)

    with unit_of_work():
        levels.restock(variant, 2)
    assert told() == 1
    with unit_of_work():
        levels.restock(variant, 2)
    assert told() == 0
    reserve("a", (variant, 4))
    assert told() == 0
    release("a")
    assert told() == 1
    reserve("a", (variant, 4))
    sell("a")
    assert told() == 0
    with unit_of_work():
        levels.set_on_hand(variant, None)
    assert told() == 1


def test_what_becomes_sellable_without_stock_is_back_too(app, published):
    variant = make_variant(left=0)
    with unit_of_work():
        levels.allow_overselling(variant, True)
    assert VariantRestocked(variant.id) in published


def test_every_change_is_said(app, published):
    variant = make_variant(left=5)
    published.clear()
    reserve("a", (variant, 1))
    sell("a")
    assert published == [StockChanged(variant.id)] * 2


def test_reservations_whose_time_is_over_are_given_back(app):
    variant = make_variant(left=5)
    reserve("late", (variant, 2), until=clock.now() - jobs.GRACE - timedelta(seconds=1))
    reserve("in grace", (variant, 1), until=clock.now() - timedelta(seconds=1))
    reserve("in time", (variant, 1))
    jobs.release_expired()
    assert numbers(variant) == (5, 2)
    jobs.release_expired()
    assert numbers(variant) == (5, 2)


def test_a_reservation_that_was_prolonged_while_the_sweeper_came_is_kept(app, monkeypatch):
    variant = make_variant(left=5)
    reserve("a", (variant, 2), until=clock.now() - timedelta(hours=1))
    found = reservations.expired

    def prolonged_meanwhile(**given):
        references = found(**given)
        reserve("a", (variant, 2))
        return references

    monkeypatch.setattr(reservations, "expired", prolonged_meanwhile)
    jobs.release_expired()
    assert numbers(variant) == (5, 2)


def change(variant, quantity, **given):
    with unit_of_work():
        levels.restock(variant, quantity, **given)


@pytest.mark.parametrize("act", ["restock", "set_on_hand"])
def test_what_is_promised_can_not_be_taken_away(app, act):
    variant = make_variant(left=5)
    reserve("a", (variant, 3))
    with pytest.raises(Refused, match="3 are reserved") as refusal, unit_of_work():
        levels.restock(variant, -3) if act == "restock" else levels.set_on_hand(variant, 2)
    assert refusal.value.field == "quantity"
    assert numbers(variant) == (5, 3)


@pytest.mark.parametrize("quantity", [-6, LARGEST, LARGEST + 1, -LARGEST - 1, 2**63])
def test_a_change_that_can_not_be_is_refused(app, quantity):
    variant = make_variant(left=5)
    with pytest.raises(Refused):
        change(variant, quantity)
    assert numbers(variant) == (5, 0)


def test_counting_again_writes_the_difference(app):
    variant = make_variant(left=5)
    for count in (9, 9, 2, None, None, 4):
        with unit_of_work():
            levels.set_on_hand(variant, count, reason="counted")
        assert numbers(variant)[0] == count
    on_hand = [line.on_hand for line in reversed(ledger.movements(variant.id).items)]
    assert on_hand == [5, 4, -7, -2, 4]


def test_overselling_can_not_be_stopped_while_more_are_promised_than_there_are(app):
    variant = make_variant(left=1, may_oversell=True)
    reserve("a", (variant, 3))
    with pytest.raises(Refused), unit_of_work():
        levels.allow_overselling(variant, False)
    change(variant, 2)
    with unit_of_work():
        levels.allow_overselling(variant, False)
    sell("a")
    assert numbers(variant) == (0, 0)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE variant SET stock_on_hand = -1",
        "UPDATE variant SET stock_reserved = -1",
        "UPDATE variant SET stock_sold = -1",
        "UPDATE variant SET price_minor = -1",
        "UPDATE variant SET compare_at_minor = -1",
        "UPDATE variant SET weight_grams = -1",
        "UPDATE stock_reservation SET quantity = 0",
    ],
)
def test_the_database_itself_refuses_numbers_that_would_be_a_lie(app, statement):
    variant = make_variant(left=5)
    reserve("a", (variant, 1))
    with pytest.raises(IntegrityError), unit_of_work():
        db.session.execute(text(statement))
    assert numbers(variant) == (5, 1)


def test_the_desk_counts_what_runs_out(app):
    make_product({"left": 0}, {"left": 3}, {"left": 4}, {"left": None}, {"left": 0})
    make_variant(left=0, published=False)
    make_variant(left=0, may_oversell=True)
    retired = make_product({"left": 0}, {"left": 9}).variants[0]
    with unit_of_work():
        services.retire_variant(retired)
    assert queries.running_low() == 3
    assert len(queries.variants_in_stock(low=True).items) == 3


def test_a_released_reservation_keeps_its_row(app):
    variant = make_variant(left=5)
    reserve("a", (variant, 1))
    release("a")
    assert db.session.scalar(select(Reservation.state)) == ReservationState.RELEASED
