"""Staff see every order, hand over what is paid, and give up what is not."""

from __future__ import annotations

import pytest

from shop.blueprints.orders import steps
from shop.blueprints.orders.models import Order
from shop.blueprints.orders.states import ALLOWED, OrderState
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from tests.factories.accounts import make_account, sign_in
from tests.factories.orders import make_order, make_payment, make_variant, paid
from tests.orders.test_settling import seen, settled, stock_of


@pytest.fixture
def editor(app, client):
    if not app.extensions["shop_registry"].has("admin"):
        pytest.fail("the admin is missing")
    return sign_in(client, make_account("editor", name="Ed Itor"))


def paid_order(*lines):
    order = make_order(*lines)
    payment = make_payment(order)
    settled(payment.id, paid(payment))
    return order


@pytest.mark.parametrize("role", ["moderator", "buyer", None])
def test_orders_are_not_for_everyone(client, role):
    order = make_order()
    if role:
        sign_in(client, make_account(role))
    for path in ("/admin/orders/", f"/admin/orders/{order.id}"):
        assert client.get(path).status_code in {303, 403, 404}
    for verb in ("cancellation", "confirmation"):
        assert client.post(f"/admin/orders/{order.id}/{verb}").status_code in {303, 403, 404}
    assert seen(order).state == "awaiting_payment"


def test_orders_are_narrowed_down_by_state_and_found_by_number_or_address(editor):
    waiting, done = make_order(email="anna@example.org"), paid_order()
    everything = editor.get("/admin/orders/").text
    assert waiting.number in everything
    assert done.number in everything
    assert waiting.number not in editor.get("/admin/orders/?state=paid").text
    loose = waiting.number.replace("-", "").lower()
    for search in (loose, "ANNA@example.org"):
        found = editor.get("/admin/orders/", query_string={"q": search}).text
        assert waiting.number in found
        assert done.number not in found


@pytest.mark.parametrize("query", ["state=owned", "after=%00", "after=zzz", "after=WyJ4Il0"])
def test_a_made_up_filter_finds_nothing(editor, query):
    assert editor.get(f"/admin/orders/?{query}").status_code == 404


def test_pages_of_orders_follow_one_another(editor, monkeypatch):
    from shop.blueprints.orders import queries

    monkeypatch.setattr(queries, "PAGE_SIZE", 2)
    numbers = [make_order().number for _ in range(3)]
    first = editor.get("/admin/orders/").text
    assert [number in first for number in numbers] == [False, True, True]
    after = first.split("after=")[1].split('"')[0]
    assert numbers[0] in editor.get(f"/admin/orders/?after={after}").text


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


def test_the_confirmation_can_be_sent_again(editor, outbox, run_jobs):
    order = paid_order()
    run_jobs()
    editor.post(f"/admin/orders/{order.id}/confirmation")
    run_jobs()
    assert [mail["To"] for mail in outbox.messages] == ["ruth@example.org"] * 2


def test_a_payment_that_has_to_go_back_is_seen_in_the_list(editor):
    from shop.plugins.api import PaymentVerdict

    order = make_order()
    settled(make_payment(order).id, PaymentVerdict("ref-1", "paid", 1, "EUR"))
    assert "A payment has to go back" in editor.get("/admin/orders/").text
    assert "was charged instead of" in editor.get(f"/admin/orders/{order.id}").text


@pytest.mark.parametrize("come_from", list(OrderState))
@pytest.mark.parametrize("to", list(OrderState))
def test_only_steps_of_the_table_are_taken(app, come_from, to):
    order = make_order()
    with unit_of_work():
        db.session.get_one(Order, order.id).state = come_from
    if to in ALLOWED[come_from]:
        with unit_of_work():
            assert steps.advance(order.id, come_from=come_from, to=to, why="test")
        assert [step.to_state for step in seen(order).transitions][-1] == to
    else:
        with pytest.raises(ValueError, match="can't go"), unit_of_work():
            steps.advance(order.id, come_from=come_from, to=to, why="test")
