"""What features add to orders: asked under guard, so that one that fails takes nothing down with it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from shop.blueprints.orders import erasing
from shop.blueprints.orders.back_office import timeline
from shop.core import clock
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from shop.plugins import registry
from shop.plugins.api import OrderAction, OrderExtension, OrderSituation, TimelineEntry
from tests.factories.accounts import make_account, sign_in
from tests.factories.orders import make_free_order, make_order, make_variant
from tests.payments.test_settling import seen

SITUATION = OrderSituation("Held for you", "We have a question.", "clock", is_good=True)


def broken(*_arguments):
    """As a plugin fails whose table is missing: on PostgreSQL the transaction is spoilt."""
    db.session.execute(text("SELECT * FROM plugin_broken_table"))


@pytest.fixture
def extended(app):
    """Add parts to orders, before those of the features that ship."""
    extensions = registry().order_extensions
    before = list(extensions)

    def extend(**parts):
        extensions.insert(0, OrderExtension(name="test", **parts))

    yield extend
    extensions[:] = before


@pytest.fixture
def editor(app):
    return sign_in(app.test_client(), make_account("editor", given=["orders.manage"]))


def test_the_first_that_knows_says_what_stands_at_the_top(client, extended):
    extended(situation=lambda _id: None)
    order = make_free_order()
    assert "Held for you" not in client.get(f"/orders/{order.token}").text
    extended(situation=lambda _id: SITUATION)
    assert "Held for you" in client.get(f"/orders/{order.token}").text


def test_a_page_that_waits_is_told_of_progress(client, extended):
    order = make_order()
    address, fragment = f"/orders/{order.token}", {"X-Fragment": "state"}
    before = client.get(address, headers=fragment).text
    extended(progress=lambda order_id: f"bound-{order_id}")
    assert client.get(address, headers=fragment).text != before


def test_cookies_may_be_set_on_the_page_of_an_order(client, extended):
    extended(answer=lambda order_id, response: response.set_cookie("seen", str(order_id)))
    order = make_order()
    cookies = client.get(f"/orders/{order.token}").headers.getlist("Set-Cookie")
    assert any(each.startswith(f"seen={order.id};") for each in cookies)


def test_what_others_know_stands_in_the_timeline_at_its_moment(app, extended):
    order = make_order()
    early = clock.now() - timedelta(days=1)
    extended(timeline=lambda _id: [TimelineEntry(early, "note", "Requested", "", "Ruth")])
    assert [entry.title for entry in timeline.of(order)] == ["Requested", "Awaiting payment"]


def test_the_list_bears_badges_and_buttons(editor, extended):
    marked, plain = make_order(), make_order()
    extended(
        badges=lambda ids: {each: "Rare" for each in ids if each == marked.id},
        bulk_actions=(OrderAction("Bind them", "bind", "admin.orders.index"),),
    )
    page = editor.get("/admin/orders/").text
    assert page.count("Rare") == 1
    assert "Bind them" in page
    assert 'value="slips" formaction="/admin/shipments/many"' in page
    assert plain.number in page


def test_every_part_may_fail_and_the_pages_stand(client, editor, extended):
    extended(situation=broken, progress=broken, answer=broken, timeline=broken, badges=broken)
    order = make_free_order()
    assert "Thank you" in client.get(f"/orders/{order.token}").text
    assert client.get(f"/orders/{order.token}", headers={"X-Fragment": "state"}).status_code == 200
    assert order.number in editor.get("/admin/orders/").text
    assert "Nothing to pay" in editor.get(f"/admin/orders/{order.id}").text


@pytest.mark.parametrize(("keeps", "is_forgotten"), [(lambda _id: False, True), (broken, False)])
def test_nobody_is_forgotten_while_somebody_needs_the_name_or_can_not_say(
    app, extended, keeps, is_forgotten
):
    order = make_free_order()
    extended(keeps_buyer=keeps)
    with unit_of_work():
        erasing.erase("ruth@example.org")
    assert seen(order).is_erased is is_forgotten


def test_without_a_feature_that_takes_payments_an_order_just_waits(client, extended):
    registry().order_extensions.clear()
    order = make_order((make_variant(digital=False), 1))
    page = client.get(f"/orders/{order.token}").text
    assert "Waiting for your payment" in page
    assert "<order-watch" not in page
