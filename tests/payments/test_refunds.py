"""Money goes back once, never more than came, through the provider, whatever fails on the way."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import IntegrityError

from shop.blueprints.catalog.stock import ledger
from shop.blueprints.orders import fulfilment
from shop.blueprints.orders import queries as order_queries
from shop.blueprints.orders.models import Order, OrderLine
from shop.blueprints.payments.models import Payment
from shop.blueprints.payments.refunds import at_provider, deciding, worth
from shop.blueprints.payments.refunds import queries as refund_queries
from shop.blueprints.payments.refunds import verdicts as refund_verdicts
from shop.blueprints.payments.refunds.models import KEY_LIVES, Refund
from shop.blueprints.payments.refunds.verdicts import RefundUnknown
from shop.blueprints.payments.states import RefundState
from shop.core import clock
from shop.core.errors import Refused
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from shop.plugins import PluginFailed
from shop.plugins.api import PaymentVerdict, RefundVerdict
from shop.plugins.api.events import OrderRefunded, RefundFailed
from tests.factories.catalog import make_variant as received_variant
from tests.factories.orders import (
    at_once,
    first_payment,
    make_order,
    make_payment,
    make_variant,
    paid,
)
from tests.payments.test_settling import cancelled, seen, settled, stock_of


@pytest.fixture
def sold(till):
    """A paid order of three books at 14.00 with 4.90 for shipping, and its stock of 10."""
    return bought(till, (make_variant(digital=False, stock=10), 3))


def bought(till, *lines, **values):
    order = make_order(*lines, **values)
    payment = make_payment(order, f"ref-{order.id}")
    till.verdicts[payment.reference] = paid(payment)
    settled(payment.id, paid(payment))
    return seen(order)


def ask(order, amount, lines=None, **given):
    chosen = {"reason": "Torn", "restock": False, "by": None, **given}
    with unit_of_work():
        return deciding.decide_refund(order, amount, lines, **chosen)


def payment_of(order):
    return first_payment(order)


def refund_again(refund):
    return db.session.get(Refund, refund.id, populate_existing=True)


def test_a_part_goes_back_through_the_provider_and_the_buyer_is_told(
    sold, till, outbox, run_jobs, published
):
    run_jobs()
    outbox.messages.clear()
    refund = ask(sold, 1400, {sold.lines[0].id: 1})
    assert (refund.state, seen(sold).refund_state) == ("asked", "none")
    run_jobs()
    [given] = till.refunds.values()
    assert (given.amount_minor, given.payment_reference) == (1400, f"ref-{sold.id}")
    assert refund_again(refund).state == "done"
    assert (seen(sold).refund_state, seen(sold).refunded_minor) == ("partly_refunded", 1400)
    assert published.count(OrderRefunded(sold.id, refund.id)) == 1
    [mail] = outbox.messages
    words = mail.get_body(("plain",)).get_content()
    assert "€14.00" in words
    assert "Torn" not in words


def test_all_of_it_goes_back_in_two_steps(sold, till, run_jobs, outbox):
    line = sold.lines[0].id
    ask(sold, 1400, {line: 1})
    run_jobs()
    ask(sold, 2800 + 490, {line: 2}, shipping_minor=490)
    run_jobs()
    assert (seen(sold).refund_state, seen(sold).refunded_minor) == ("refunded", 4690)
    assert [step.to_state for step in seen(sold).transitions] == [
        "awaiting_payment",
        "paid",
        "partly_refunded",
        "refunded",
    ]


def test_what_is_refunded_before_it_left_is_not_sent_any_more(sold, till, run_jobs, outbox):
    assert seen(sold).to_send_since is not None
    ask(sold, 1400, {sold.lines[0].id: 1})
    assert seen(sold).outstanding[0].outstanding == 2
    ask(sold, 2800, {sold.lines[0].id: 2})
    assert (seen(sold).outstanding, seen(sold).to_send_since) == ([], None)


@pytest.mark.parametrize("restock", [True, False])
def test_stock_comes_back_only_when_it_is_said_and_once(till, run_jobs, outbox, restock):
    variant = received_variant(left=10)
    sold = bought(till, (variant, 3))
    refund = ask(sold, 200, {sold.lines[0].id: 2}, restock=restock)
    assert stock_of(variant) == (7, 0)
    run_jobs()
    again = RefundVerdict(refund_again(refund).reference, f"ref-{sold.id}", "done", 200, "EUR")
    assert refund_verdicts.learn_of_refund("till", again) is RefundState.DONE
    assert (stock_of(variant), variant.stock_sold) == (((9, 0), 1) if restock else ((7, 0), 3))
    assert ledger.apart() == []


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ({"restock": True}, 8),
        ({"restock": False, "is_returned": True}, 9),
        ({"restock": True, "is_returned": True}, 10),
    ],
)
def test_of_a_partly_sent_order_only_what_is_here_comes_back_unless_it_was_returned(
    till, run_jobs, outbox, said, left
):
    variant = received_variant(left=10)
    sold = bought(till, (variant, 3))
    with unit_of_work():
        fulfilment.ship_pieces(seen(sold), {sold.lines[0].id: 2}, why="sent")
    ask(sold, 4200, {sold.lines[0].id: 3}, **said)
    run_jobs()
    assert (stock_of(variant)[0], ledger.apart()) == (left, [])


def test_what_is_not_counted_stays_uncounted_when_it_comes_back(till, run_jobs, outbox):
    variant = make_variant(digital=False, stock=None)
    order = bought(till, (variant, 1))
    ask(order, 1400, {order.lines[0].id: 1}, restock=True)
    run_jobs()
    assert stock_of(variant) == (None, 0)


@pytest.mark.parametrize(
    ("amount", "pieces", "shipping"),
    [
        (4691, 0, 0),
        (0, 0, 0),
        (-1, 0, 0),
        (2**63, 0, 0),
        (10**40, 0, 0),
        (1400, 4, 0),
        (1400, -1, 0),
        (1400, 2**40, 0),
        (491, 0, 491),
        (1, 0, -1),
    ],
)
def test_quantity_abuse(sold, amount, pieces, shipping):
    """More than was paid, than was bought, than shipping cost; nothing, less than nothing, beyond any number."""
    lines = {sold.lines[0].id: pieces} if pieces else None
    with pytest.raises(Refused):
        ask(sold, amount, lines, shipping_minor=shipping)
    assert (payment_of(sold).refunding_minor, refund_queries.refunds_of(sold.id)) == (0, [])


def test_another_orders_line_is_not_refunded_with_this_one(sold, till):
    other = bought(till, (make_variant(), 1))
    with pytest.raises(Refused):
        ask(sold, 1400, {other.lines[0].id: 1})
    assert seen(other).lines[0].refunding_quantity == 0


def test_nothing_goes_back_of_what_was_not_paid(app):
    with pytest.raises(Refused, match="Nothing was paid"):
        ask(make_order(), 1400)


def test_refund_race(sold, till):
    """Fifty ask for 14.00 of 46.90 at once: three get it, and the database knows no other number."""

    def one(number):
        return ask(db.session.get_one(Order, sold.id), 1400, reason=f"caller {number}").id

    results = at_once(_app(), 50, one)
    refused = [each for each in results if isinstance(each, Refused)]
    assert (len(refused), len([each for each in results if isinstance(each, int)])) == (47, 3)
    assert payment_of(sold).refunding_minor == 4200
    total = select(func.sum(Refund.amount_minor)).where(Refund.order_id == sold.id)
    assert db.session.scalar(total) == 4200


def test_control_refund_race(sold, till, monkeypatch):
    """The control: each looks first and writes afterwards; fifty get what three could have."""

    def looks_only(payment, amount):
        return payment.refunding_minor + amount <= payment.received_minor

    monkeypatch.setattr(deciding, "set_aside", looks_only)
    results = at_once(_app(), 50, lambda _n: ask(db.session.get_one(Order, sold.id), 1400).id)
    assert all(isinstance(each, int) for each in results)


def test_the_database_itself_refuses_more_than_was_received(sold):
    for statement in (
        "UPDATE payment SET refunding_minor = 4691",
        "UPDATE payment SET refunding_minor = -1",
        "UPDATE shop_order SET refunded_minor = 4691",
        "UPDATE order_line SET refunding_quantity = 4",
        "UPDATE order_line SET shipped_quantity = 2, called_off_quantity = 2",
    ):
        with pytest.raises(IntegrityError), unit_of_work():
            db.session.execute(text(statement))


def test_a_page_whose_button_is_pressed_twice_refunds_once(sold, till, run_jobs, outbox):
    first = ask(sold, 1400, {sold.lines[0].id: 1}, key="page-1")
    assert ask(sold, 1400, {sold.lines[0].id: 1}, key="page-1").id == first.id
    run_jobs()
    assert len(till.refunds) == 1


def test_a_provider_that_is_away_is_asked_again_under_the_same_key(sold, till, run_jobs, outbox):
    refund = ask(sold, 1400)
    till.is_away = True
    run_jobs()
    assert (refund_again(refund).state, seen(sold).refund_state) == ("asked", "none")
    till.is_away = False
    at_provider.carry_out(refund.id)
    at_provider.carry_out(refund.id)
    assert (refund_again(refund).state, len(till.refunds)) == ("done", 1)


def test_a_time_out_after_the_provider_did_it_gives_back_once(sold, till, monkeypatch):
    refund = ask(sold, 1400)
    really = till.refund

    def answers_too_late(*args, **kwargs):
        really(*args, **kwargs)
        raise TimeoutError

    monkeypatch.setattr(till, "refund", answers_too_late)
    with pytest.raises(PluginFailed, match="TimeoutError"):
        at_provider.carry_out(refund.id)
    [told] = till.refunds.values()
    with pytest.raises(RefundUnknown):  # the webhook overtakes the answer: it is tried again
        refund_verdicts.learn_of_refund("till", told)
    monkeypatch.setattr(till, "refund", really)
    at_provider.carry_out(refund.id)
    assert refund_verdicts.learn_of_refund("till", told) is RefundState.DONE
    assert (seen(sold).refunded_minor, len(refund_queries.refunds_of(sold.id))) == (1400, 1)


def test_a_refund_that_the_provider_refuses_leaves_everything_as_it_was(
    sold, till, run_jobs, published, outbox, monkeypatch
):
    run_jobs()
    outbox.messages.clear()

    def refuses(*_args, **_kwargs):
        raise Refused("This card was closed.")

    monkeypatch.setattr(till, "refund", refuses)
    refund = ask(sold, 1400, {sold.lines[0].id: 1}, restock=True)
    run_jobs()
    found = refund_again(refund)
    assert (found.state, found.failure) == ("failed", "This card was closed.")
    line = seen(sold).lines[0]
    assert (payment_of(sold).refunding_minor, line.refunding_quantity, line.outstanding) == (
        0,
        0,
        3,
    )
    assert seen(sold).to_send_since is not None
    assert RefundFailed(sold.id, refund.id) in published
    assert outbox.messages == []


def test_a_pending_refund_is_looked_up_until_it_is_done(sold, till, run_jobs, outbox):
    refund = ask(sold, 1400)
    key = f"re-{refund.idempotency_key}"
    till.refunds[key] = RefundVerdict(key, f"ref-{sold.id}", "pending", 1400, "EUR")
    run_jobs()
    assert (refund_again(refund).state, seen(sold).refund_state) == ("pending", "none")
    till.refunds[key] = RefundVerdict(key, f"ref-{sold.id}", "done", 1400, "EUR")
    at_provider.watch_refunds()
    assert refund_again(refund).state == "pending"  # asked a moment ago
    with unit_of_work():
        refund_again(refund).checked_at = clock.now() - timedelta(hours=2)
    at_provider.watch_refunds()
    assert (refund_again(refund).state, seen(sold).refund_state) == ("done", "partly_refunded")


def test_refunds_that_nobody_can_tell_about_let_the_others_have_their_turn(
    sold, till, run_jobs, outbox, monkeypatch
):
    silent, told = ask(sold, 100), ask(sold, 200)
    for refund in (silent, told):
        key = f"re-{refund.idempotency_key}"
        till.refunds[key] = RefundVerdict(
            key, f"ref-{sold.id}", "pending", refund.amount_minor, "EUR"
        )
    run_jobs()
    with unit_of_work():
        refund_again(silent).checked_at = clock.now() - timedelta(hours=3)
        refund_again(told).checked_at = clock.now() - timedelta(hours=2)
    del till.refunds[f"re-{silent.idempotency_key}"]
    key = f"re-{told.idempotency_key}"
    till.refunds[key] = RefundVerdict(key, f"ref-{sold.id}", "done", 200, "EUR")
    monkeypatch.setattr(refund_queries, "AT_ONCE", 1)
    for _ in range(2):
        at_provider.watch_refunds()
    assert (refund_again(silent).state, refund_again(told).state) == ("pending", "done")


def test_a_refund_that_a_bank_returns_is_undone(sold, till, run_jobs, outbox, published):
    refund = ask(sold, 4690, {sold.lines[0].id: 3}, shipping_minor=490)
    run_jobs()
    assert (seen(sold).refund_state, seen(sold).to_send_since) == ("refunded", None)
    reference = refund_again(refund).reference
    back = RefundVerdict(reference, f"ref-{sold.id}", "failed", 4690, "EUR", "account closed")
    assert refund_verdicts.learn_of_refund("till", back) is RefundState.FAILED
    assert refund_verdicts.learn_of_refund("till", back) is RefundState.FAILED
    assert (seen(sold).refund_state, seen(sold).refunded_minor) == ("none", 0)
    assert (payment_of(sold).refunding_minor, seen(sold).outstanding[0].outstanding) == (0, 3)
    assert published.count(RefundFailed(sold.id, refund.id)) == 1


def test_all_the_money_that_a_bank_returns_has_everything_sent_again(sold, till, run_jobs, outbox):
    """All but one piece was called off only because nothing was paid any more."""
    ask(sold, 1400, {sold.lines[0].id: 1})
    whole = ask(sold, 3290)
    run_jobs()
    assert (seen(sold).refund_state, seen(sold).outstanding) == ("refunded", [])
    reference = refund_again(whole).reference
    back = RefundVerdict(reference, f"ref-{sold.id}", "failed", 3290, "EUR", "account closed")
    assert refund_verdicts.learn_of_refund("till", back) is RefundState.FAILED
    assert seen(sold).outstanding[0].outstanding == 2
    assert seen(sold).to_send_since is not None


def test_a_refund_made_at_the_provider_is_taken_over_once(sold, till, run_jobs, outbox):
    told = RefundVerdict("re-elsewhere", f"ref-{sold.id}", "done", 4690, "EUR")
    assert refund_verdicts.learn_of_refund("till", told) is RefundState.DONE
    assert refund_verdicts.learn_of_refund("till", told) is RefundState.DONE
    assert (seen(sold).refund_state, seen(sold).outstanding) == ("refunded", [])
    assert len(refund_queries.refunds_of(sold.id)) == 1
    with pytest.raises(Refused):
        ask(sold, 1)


def test_owed_money_that_was_given_back_at_the_provider_is_owed_no_more(till, outbox):
    order = make_order()
    payment = make_payment(order)
    settled(payment.id, PaymentVerdict("ref-1", "paid", 100, "USD"))
    [ours] = refund_queries.refunds_of(order.id)
    with unit_of_work():
        refund_verdicts.fail(ours.id, "This card was closed.")
    assert payment_of(order).state == "refund_due"
    told = RefundVerdict("re-elsewhere", "ref-1", "done", 100, "USD")
    assert refund_verdicts.learn_of_refund("till", told) is RefundState.DONE
    assert payment_of(order).state == "given_back"


def test_money_set_aside_while_we_wait_for_the_order_is_not_forgotten(
    sold, till, run_jobs, outbox, monkeypatch
):
    refund = ask(sold, 1400)
    run_jobs()
    lock = order_queries.lock

    def waits_for_another_refund(order_id):
        monkeypatch.undo()
        deciding.decide_refund(sold, 1000, reason="", restock=False, by=None)
        return lock(order_id)

    monkeypatch.setattr(order_queries, "lock", waits_for_another_refund)
    back = RefundVerdict(refund_again(refund).reference, f"ref-{sold.id}", "failed", 1400, "EUR")
    assert refund_verdicts.learn_of_refund("till", back) is RefundState.FAILED
    assert payment_of(sold).refunding_minor == 1000


def test_what_is_told_of_no_payment_of_ours_is_nothing_to_us(app):
    assert (
        refund_verdicts.learn_of_refund("till", RefundVerdict("re-1", "nobody", "done", 1, "EUR"))
        is None
    )


def test_an_answer_on_another_sum_is_not_believed(sold, till):
    refund = ask(sold, 1400)
    wrong = RefundVerdict("re-1", f"ref-{sold.id}", "done", 1, "EUR")
    with pytest.raises(ValueError, match="another"), unit_of_work():
        refund_verdicts.note_answer(refund.id, wrong)
    assert refund_again(refund).state == "asked"


def test_a_refund_that_was_never_answered_waits_for_a_person(sold, till):
    refund = ask(sold, 1400)
    with unit_of_work():
        refund_again(refund).asked_at = clock.now() - KEY_LIVES - timedelta(minutes=1)
    at_provider.carry_out(refund.id)  # the provider has forgotten the key: a repeat could pay twice
    assert (till.refunds, refund_again(refund).state) == ({}, "asked")
    told = RefundVerdict("re-1", f"ref-{sold.id}", "done", 1400, "EUR")
    assert refund_verdicts.learn_of_refund("till", told) is RefundState.DONE
    assert len(refund_queries.refunds_of(sold.id)) == 1


def test_late_money_that_can_not_be_served_goes_back_by_itself_and_the_buyer_is_told(
    till, outbox, run_jobs
):
    variant = make_variant(stock=1)
    order = make_order((variant, 1))
    payment = make_payment(order)
    till.verdicts["ref-1"] = paid(payment)
    cancelled(order)
    make_order((variant, 1), email="other@example.org")
    settled(payment.id, paid(payment))
    run_jobs()
    [given] = till.refunds.values()
    assert (given.amount_minor, given.payment_reference) == (1400, "ref-1")
    found = db.session.get(Payment, payment.id, populate_existing=True)
    assert (found.state, seen(order).state, seen(order).refund_state) == (
        "given_back",
        "cancelled",
        "none",
    )
    [mail] = outbox.messages
    assert mail["To"] == "ruth@example.org"
    assert "refund it to your original payment method" in mail.get_body(("plain",)).get_content()


def test_payment_swap_goes_back_as_it_came(till, outbox, run_jobs):
    """Another sum in another currency: exactly that is given back, not what the order cost."""
    order = make_order()
    payment = make_payment(order)
    strange = till.verdicts["ref-1"] = PaymentVerdict("ref-1", "paid", 100, "USD")
    settled(payment.id, strange)
    run_jobs()
    [given] = till.refunds.values()
    assert (given.amount_minor, given.currency) == (100, "USD")
    assert seen(order).state == "awaiting_payment"
    words = outbox.messages[0].get_body(("plain",)).get_content()
    assert "We received $1.00" in words
    assert "$1.00 was charged instead of €14.00" in words


def test_pieces_are_worth_what_was_paid_for_them_to_the_cent(app):
    """Three for 10.00 less a discount: piece by piece gives back exactly the line."""
    order = make_order((make_variant(price=333), 3))
    with unit_of_work():
        db.session.execute(update(OrderLine).values(discount_minor=100))
    line = seen(order).lines[0]
    assert [worth.of_pieces(line, 1, after=before) for before in range(3)] == [299, 300, 300]
    assert worth.of_pieces(line, 3) == worth.of_line(line) == 899


def _app():
    from tests.factories.orders import this_app

    return this_app()
