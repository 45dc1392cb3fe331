"""What is taken from the shelves, and what lies in the parcel."""

from __future__ import annotations

import pytest

from shop.blueprints.catalog.models import Variant
from shop.blueprints.payments.disputes import verdicts as dispute_verdicts
from shop.blueprints.shipments import queries
from shop.blueprints.shipments.settings import ShipmentSettings
from shop.core import settings
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from shop.plugins.api import DisputeVerdict
from tests.factories.accounts import make_account, sign_in
from tests.factories.orders import make_order, make_variant
from tests.shipments.test_sending import bought, send


@pytest.fixture
def editor(app, client):
    return sign_in(client, make_account("editor", given=["orders.manage"]))


def on_shelf(variant, shelf):
    with unit_of_work():
        db.session.get_one(Variant, variant.id).shelf = shelf
    return variant


def test_the_pick_list_sums_what_is_left_to_send_over_all_orders(editor):
    far = on_shelf(make_variant(title="Atlas", digital=False, stock=20), "B 2")
    near = on_shelf(make_variant(title="Band", digital=False, stock=20), "A 1")
    first = bought((far, 3), (near, 1), (make_variant(title="File"), 1))
    bought((far, 2))
    make_order((far, 5))  # not paid
    disputed = bought((far, 7))
    held = DisputeVerdict("dp-1", f"ref-{disputed.id}", "open", 1, "EUR")
    dispute_verdicts.learn_of_dispute("till", held)
    send(first, {first.lines[0].id: 1})
    picks = [(pick.shelf, pick.title, pick.pieces, pick.orders) for pick in queries.pick_list()]
    assert picks == [("A 1", "Band", 1, 1), ("B 2", "Atlas", 4, 2)]
    page = editor.get("/admin/shipments/").text
    assert "B 2" in page
    assert "2 orders to send" in page


def test_what_was_sold_beyond_the_stock_is_marked_as_missing(editor):
    variant = make_variant(digital=False, stock=1)
    with unit_of_work():
        db.session.get_one(Variant, variant.id).may_oversell = True
    bought((variant, 3))
    assert [pick.missing for pick in queries.pick_list()] == [2]
    assert "2 not in stock yet" in editor.get("/admin/shipments/").text


def test_a_slip_says_what_goes_where(editor):
    order = bought((make_variant(title="Atlas", price=1400, digital=False, stock=5), 2))
    slip = editor.get(f"/admin/shipments/slips?ids={order.id}").text
    for words in (order.number, "Atlas", "4 Quiet Lane", "United Kingdom", "€14.00"):
        assert words in slip


def test_a_gifts_slip_bears_the_givers_words_and_no_price(editor):
    order = bought(
        (make_variant(price=1400, digital=False, stock=5), 1),
        is_gift=True,
        gift_note="For <Mum>,\n{{7*7}} & love 🎁",
        note="do not print",
    )
    slip = editor.get(f"/admin/shipments/slips?ids={order.id}").text
    assert "For &lt;Mum&gt;,\n{{7*7}} &amp; love 🎁" in slip
    for words in ("14.00", "4.90", "18.90", "€", "do not print"):
        assert words not in slip


def test_the_owner_may_leave_prices_off_every_slip(editor):
    order = bought()
    with unit_of_work():
        settings.change(ShipmentSettings, {"slip_prices": False, "sender": "1 Quay\nCork"})
    slip = editor.get(f"/admin/shipments/slips?ids={order.id}").text
    assert "€" not in slip
    assert "1 Quay\nCork" in slip


def test_slips_of_all_that_is_to_send_and_of_nothing(editor):
    assert "Nothing to pack" in editor.get("/admin/shipments/slips").text
    first, second = bought(), bought()
    page = editor.get("/admin/shipments/slips").text
    assert first.number in page
    assert second.number in page


@pytest.mark.parametrize("odd", ["", "x", "-1", "9" * 40, "0", "999"])
def test_slips_of_orders_that_there_are_not_are_none(editor, odd):
    """Whoever asks for one must not print, and post, all of them."""
    order = bought()
    answer = editor.get(f"/admin/shipments/slips?ids={odd}")
    assert (answer.status_code, order.number in answer.text) == (200, False)
    assert "Nothing to pack" in answer.text


def test_many_slips_are_asked_for_from_the_list(editor):
    orders = [bought(), bought()]
    form = {"verb": "slips", "ids": [order.id for order in orders]}
    answer = editor.post("/admin/shipments/many", data=form)
    assert answer.location == "/admin/shipments/slips?" + "&".join(
        f"ids={order.id}" for order in orders
    )
