"""A bank wants money back: seen at once, heeded while it is open, and its end written down."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from shop.blueprints.orders import fulfilment
from shop.blueprints.payments.disputes import queries as dispute_queries
from shop.blueprints.payments.disputes import verdicts as dispute_verdicts
from shop.blueprints.payments.refunds import deciding
from shop.blueprints.payments.refunds import verdicts as refund_verdicts
from shop.blueprints.payments.states import RefundState
from shop.core import settings
from shop.core.errors import Refused
from shop.core.site import SiteSettings
from shop.core.unit_of_work import unit_of_work
from shop.plugins.api import DisputeVerdict, RefundVerdict
from shop.plugins.api.events import DisputeClosed, OrderDisputed
from tests.factories.accounts import make_account
from tests.factories.orders import make_variant
from tests.payments.test_refunds import bought, payment_of, refund_again
from tests.payments.test_settling import seen

DEADLINE = datetime(2026, 12, 9, 23, 59, tzinfo=UTC)


def told(order, state="open", reference="dp-1"):
    return DisputeVerdict(
        reference, f"ref-{order.id}", state, 1400, "EUR", "fraudulent", respond_by=DEADLINE
    )


@pytest.fixture
def sold(till):
    return bought(till, (make_variant(digital=False, stock=5), 1))


def test_an_open_dispute_holds_parcel_and_refund_and_tells_the_owner(
    sold, outbox, run_jobs, published
):
    with unit_of_work():
        settings.change(SiteSettings, {"owner_email": "owner@example.org"})
    run_jobs()
    outbox.messages.clear()
    for _ in range(2):
        dispute_verdicts.learn_of_dispute("till", told(sold))
    run_jobs()
    assert seen(sold).dispute_state == "disputed"
    assert [type(event) for event in published].count(OrderDisputed) == 1
    [mail] = outbox.messages
    assert mail["To"] == "owner@example.org"
    assert "9 December 2026" in mail.get_body(("plain",)).get_content().replace(
        "December 9,", "9 December"
    )
    with pytest.raises(Refused, match="bank is deciding"), unit_of_work():
        deciding.decide_refund(sold, 100, reason="", restock=False, by=None)
    with pytest.raises(Refused, match="payment dispute"), unit_of_work():
        fulfilment.ship_pieces(sold, {sold.lines[0].id: 1}, why="x")


def test_the_owner_is_told_of_each_dispute_by_the_name_that_finds_it(sold, outbox, run_jobs):
    make_account("owner", email="first@example.org")
    run_jobs()
    outbox.messages.clear()
    for reference in ("dp-1", "dp-2"):
        dispute_verdicts.learn_of_dispute("till", told(sold, reference=reference))
    run_jobs()
    assert {mail["To"] for mail in outbox.messages} == {"first@example.org"}
    words = [mail.get_body(("plain",)).get_content() for mail in outbox.messages]
    assert [word in text for text in words for word in ("dp-1", "dp-2")] == [
        True,
        False,
        False,
        True,
    ]


def test_a_dispute_that_is_won_lets_the_order_go_on(sold, published):
    dispute_verdicts.learn_of_dispute("till", told(sold))
    dispute_verdicts.learn_of_dispute("till", told(sold, "won"))
    assert seen(sold).dispute_state == "dispute_won"
    [dispute] = dispute_queries.disputes_of(sold.id)
    assert DisputeClosed(sold.id, dispute.id) in published
    with unit_of_work():
        deciding.decide_refund(sold, 100, reason="", restock=False, by=None)


def test_what_a_bank_took_is_neither_sent_nor_refunded_any_more(sold):
    dispute_verdicts.learn_of_dispute("till", told(sold))
    dispute_verdicts.learn_of_dispute("till", told(sold, "lost"))
    dispute_verdicts.learn_of_dispute("till", told(sold, "open"))  # an old message, late
    order = seen(sold)
    assert (order.dispute_state, order.to_send_since, order.outstanding) == (
        "dispute_lost",
        None,
        [],
    )
    assert payment_of(sold).refundable_minor == sold.total_minor - 1400


@pytest.mark.parametrize(("taken", "left"), [(1400, 490), (1890, 0)])
def test_a_refund_that_bounces_after_a_lost_dispute_brings_back_no_parcel_and_no_lost_money(
    sold, till, run_jobs, outbox, taken, left
):
    """Of 18.90 the bank took `taken`; a refund of 10.00 went out before, and came back afterwards."""
    with unit_of_work():
        refund = deciding.decide_refund(
            sold, 1000, {sold.lines[0].id: 1}, reason="", restock=False, by=None
        )
    run_jobs()
    dispute_verdicts.learn_of_dispute("till", replace(told(sold), amount_minor=taken))
    dispute_verdicts.learn_of_dispute("till", replace(told(sold, "lost"), amount_minor=taken))
    assert payment_of(sold).refundable_minor == 0
    reference = refund_again(refund).reference
    back = RefundVerdict(reference, f"ref-{sold.id}", "failed", 1000, "EUR", "account closed")
    assert refund_verdicts.learn_of_refund("till", back) is RefundState.FAILED
    assert payment_of(sold).refundable_minor == left
    order = seen(sold)
    assert (order.outstanding, order.to_send_since, order.refunded_minor) == ([], None, 0)
    assert order.lines[0].refunding_quantity == 0


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("open", "This order is waiting for your bank"),
        ("lost", "Your bank has taken the money back"),
        ("won", "We will email you when we ship it"),
    ],
)
def test_a_buyer_whose_bank_was_asked_is_promised_no_parcel(client, sold, state, words):
    dispute_verdicts.learn_of_dispute("till", told(sold, state))
    text = client.get(f"/orders/{sold.token}").text
    assert words in text
    assert ("We will email you when we ship it" in text) == (state == "won")


def test_a_dispute_that_we_hear_of_only_at_its_end_took_both_steps(sold):
    dispute_verdicts.learn_of_dispute("till", told(sold, "lost"))
    assert [step.to_state for step in seen(sold).transitions][-2:] == ["disputed", "dispute_lost"]


def test_the_outcome_is_asked_for_where_no_message_came(sold, till):
    dispute_verdicts.learn_of_dispute("till", told(sold))
    till.disputes["dp-1"] = told(sold, "won")
    dispute_verdicts.watch_disputes()
    assert seen(sold).dispute_state == "dispute_won"


def test_of_more_disputes_than_are_asked_about_at_once_each_has_its_chance(sold, monkeypatch):
    for number in range(3):
        dispute_verdicts.learn_of_dispute("till", told(sold, reference=f"dp-{number}"))
    monkeypatch.setattr(dispute_queries, "AT_ONCE", 1)
    asked = {
        reference for _ in range(100) for _name, reference in dispute_queries.disputes_to_ask()
    }
    assert asked == {"dp-0", "dp-1", "dp-2"}


def test_what_is_told_of_no_payment_of_ours_is_nothing_to_us(app):
    verdict = DisputeVerdict("dp-1", "nobody", "open", 1, "EUR")
    assert dispute_verdicts.learn_of_dispute("till", verdict) is None
