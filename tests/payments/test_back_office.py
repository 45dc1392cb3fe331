"""Staff see the money of every order, give it back, and give up what nobody paid."""

from __future__ import annotations

import re

import pytest
import time_machine

from shop.blueprints.orders import fulfilment
from shop.blueprints.payments.disputes import verdicts as dispute_verdicts
from shop.blueprints.payments.refunds import deciding
from shop.core import clock
from shop.core.unit_of_work import unit_of_work
from shop.plugins import registry
from tests.factories.accounts import PASSWORD, make_account, sign_in
from tests.factories.orders import first_payment, make_order, make_payment, make_variant, paid
from tests.payments.test_disputes import told
from tests.payments.test_refunds import bought
from tests.payments.test_settling import seen, settled, stock_of


@pytest.fixture
def editor(app, client):
    if not registry().has("admin"):
        pytest.fail("the admin is missing")
    return sign_in(client, make_account("editor", name="Ed Itor", given=["orders.manage"]))


def test_cancelling_ends_the_payment_and_gives_the_stock_back(editor, till):
    variant = make_variant(stock=1)
    order = make_order((variant, 1))
    make_payment(order)
    assert editor.post(f"/admin/orders/{order.id}/cancellation").status_code == 303
    assert (seen(order).state, stock_of(variant), till.ended) == ("cancelled", (1, 0), ["ref-1"])


def test_cancelling_an_order_that_is_just_being_paid_finds_it_paid(editor, till):
    order = make_order()
    till.verdicts["ref-1"] = paid(make_payment(order))
    assert editor.post(f"/admin/orders/{order.id}/cancellation").status_code == 422
    assert seen(order).state == "paid"


def test_cancelling_while_the_provider_is_away_is_refused(editor, till):
    order = make_order()
    make_payment(order)
    till.is_away = True
    assert editor.post(f"/admin/orders/{order.id}/cancellation").status_code == 422
    assert seen(order).state == "awaiting_payment"


def test_a_payment_that_has_to_go_back_is_seen_in_the_list(editor):
    from shop.plugins.api import PaymentVerdict

    order = make_order()
    settled(make_payment(order).id, PaymentVerdict("ref-1", "paid", 1, "EUR"))
    assert "A payment has to be refunded" in editor.get("/admin/orders/").text
    assert "was charged instead of" in editor.get(f"/admin/orders/{order.id}").text


def test_the_story_of_an_order_says_who_did_what_and_why(editor, till, outbox, run_jobs):
    order = bought(till, (make_variant(title="Atlas", price=1400), 2))
    form = {
        f"line_{order.lines[0].id}": "1",
        "extra": "0,50",
        "reason": "Torn <b>",
        "page_key": "p-1",
    }
    asked = editor.post(f"/admin/orders/{order.id}/refunds", data=form)
    assert (asked.status_code, "Refund €14.50" in asked.text) == (200, True)
    assert seen(order).lines[0].refunding_quantity == 0  # seen, and not yet confirmed
    confirmed = form | {"seen": "1450"}
    for _ in range(2):
        answer = editor.post(f"/admin/orders/{order.id}/refunds", data=confirmed)
        assert answer.status_code == 303
    editor.post(f"/admin/orders/{order.id}/notes", data={"body": "Rang <i>twice</i>", "to": "us"})
    run_jobs()
    page = editor.get(f"/admin/orders/{order.id}").text
    for words in (
        "Refund of €14.50 requested",
        "Refund of €14.50 done",
        "Partly refunded",
        "Torn &lt;b&gt;",
        "Rang &lt;i&gt;twice&lt;/i&gt;",
        "Ed Itor",
        "Payment received",
    ):
        assert words in page
    assert len(till.refunds) == 1


def test_money_goes_back_after_a_fresh_proof_alone_and_nothing_typed_is_lost(editor, till):
    order = bought(till, (make_variant(price=1400), 2))
    form = {f"line_{order.lines[0].id}": "1", "reason": "Torn & wet", "seen": "1400"}
    payment = first_payment(order)
    with time_machine.travel(clock.now(), tick=True) as traveller:
        traveller.shift(16 * 60)
        page = editor.post(f"/admin/orders/{order.id}/refunds", data=form)
        assert page.status_code == 422
        assert 'name="reason" value="Torn &amp; wet"' in page.text
        for path in ("refunds/1/request", f"payments/{payment.id}/repayment"):
            asked = editor.post(f"/admin/orders/{order.id}/{path}")
            assert (asked.status_code, "Confirm your password" in asked.text) == (422, True)
        assert seen(order).lines[0].refunding_quantity == 0
        done = editor.post(f"/admin/orders/{order.id}/refunds", data=form | {"proof": PASSWORD})
        assert done.status_code == 303
    assert seen(order).lines[0].refunding_quantity == 1


def test_a_sum_that_has_changed_since_it_was_seen_is_shown_again(editor, till):
    order = bought(till, (make_variant(price=1400), 2))
    form = {f"line_{order.lines[0].id}": "1", "reason": "x", "seen": "1", "total": "1"}
    answer = editor.post(f"/admin/orders/{order.id}/refunds", data=form)
    assert (answer.status_code, "Refund €14.00" in answer.text) == (200, True)
    assert seen(order).lines[0].refunding_quantity == 0


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"extra": "-1", "reason": "x"},
        {"extra": "NaN", "reason": "x"},
        {"extra": "1e9", "reason": "x"},
        {"extra": "14.01", "reason": "x"},
        {"extra": "9" * 40, "reason": "x"},
        {"extra": "1", "reason": ""},
        {"extra": "1", "reason": "x" * 301},
        {"extra": "1", "reason": "a\x01b"},
        {"line": "2", "reason": "x"},
        {"line": "1e99", "reason": "x"},
        {"line": "-1", "reason": "x"},
    ],
)
def test_quantity_abuse(editor, till, form):
    """Whatever is typed into the refund's form, it is refused beside its field, and nothing goes back."""
    order = bought(till, (make_variant(price=1400), 1))
    if "line" in form:
        form = {f"line_{order.lines[0].id}": form["line"], "reason": form["reason"]}
    answer = editor.post(f"/admin/orders/{order.id}/refunds", data=form)
    assert answer.status_code == 422
    assert "error-summary" in answer.text
    assert first_payment(seen(order)).refunding_minor == 0


def test_another_orders_refund_or_payment_is_not_found_behind_this_one(editor, till):
    order, other = bought(till, (make_variant(), 1)), bought(till, (make_variant(), 1))
    with unit_of_work():
        refund = deciding.decide_refund(other, 100, reason="", restock=False, by=None)
    for path in (f"refunds/{refund.id}/request", f"payments/{first_payment(other).id}/repayment"):
        assert editor.post(f"/admin/orders/{order.id}/{path}").status_code == 404


def test_an_open_dispute_is_shown_with_its_deadline_and_then_its_outcome(editor, till, outbox):
    order = bought(till, (make_variant(), 1))
    dispute_verdicts.learn_of_dispute("till", told(order))
    listed = editor.get("/admin/orders/").text
    assert "A payment is disputed" in listed
    assert "2026" in listed.split("answer by")[1][:40]
    assert order.number in editor.get("/admin/orders/?state=disputed").text
    dispute_verdicts.learn_of_dispute("till", told(order, "won"))
    page = editor.get(f"/admin/orders/{order.id}").text
    assert "Dispute won" in page
    assert "Won" in page


def test_items_that_have_not_left_are_put_back_into_stock_by_default(editor, till):
    order = bought(till, (make_variant(digital=False, stock=5), 2))
    page = f"/admin/orders/{order.id}/refunds/new"
    ticked = re.compile(r"<input checked[^>]* name=\"restock\"")
    assert ticked.search(editor.get(page).text)
    assert "is_returned" not in editor.get(page).text
    with unit_of_work():
        fulfilment.ship_pieces(seen(order), {order.lines[0].id: 1}, why="sent")
    assert ticked.search(editor.get(page).text)
    assert re.search(r"<input id[^>]* name=\"is_returned\"", editor.get(page).text)
