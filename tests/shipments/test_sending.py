"""Parcels leave in part or whole, once, with a link that leads where it may; the buyer is told of each."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from shop.blueprints.payments.refunds import deciding
from shop.blueprints.shipments import plugin, queries, services
from shop.blueprints.shipments.carriers import carrier_named, carriers, checked_link, misread
from shop.blueprints.shipments.settings import ShipmentSettings
from shop.core import settings
from shop.core.errors import Refused
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from shop.plugins.api.events import OrderFulfilled, OrderShipped
from tests.factories.accounts import make_account, sign_in
from tests.factories.orders import at_once, make_order, make_payment, make_variant, paid, this_app
from tests.payments.test_settling import seen, settled


@pytest.fixture
def editor(app, client):
    return sign_in(client, make_account("editor", name="Ed Itor", given=["orders.manage"]))


def bought(*lines, **values):
    wanted = lines or ((make_variant(title="Atlas", digital=False, stock=9), 3),)
    order = make_order(*wanted, **values)
    payment = make_payment(order, f"ref-{order.id}")
    settled(payment.id, paid(payment))
    return seen(order)


def send(order, pieces, **given):
    with unit_of_work():
        return services.send_parcel(order, pieces, **given)


def test_an_order_leaves_in_two_parcels_and_its_buyer_hears_of_both(
    app, client, outbox, run_jobs, published
):
    order = bought()
    run_jobs()
    outbox.messages.clear()
    line = order.lines[0].id
    send(order, {line: 1}, carrier="DHL", code="00 34&x")
    run_jobs()
    assert (seen(order).state, seen(order).to_send_since is None) == ("partly_fulfilled", False)
    send(order, {line: 2})
    assert (seen(order).state, seen(order).to_send_since) == ("fulfilled", None)
    assert published.count(OrderShipped(order.id)) == 2
    assert published.count(OrderFulfilled(order.id)) == 1
    run_jobs()
    first, second = (mail.get_body(("plain",)).get_content() for mail in outbox.messages)
    assert "tracking-id=00%2034%26x" in first
    assert "It goes to:\nRuth Miller\n4 Quiet Lane\nLeeds\nLS1 4AP\n" in first
    assert "1 × Atlas" in first
    assert "another parcel" in first
    assert "another parcel" not in second
    page = client.get(f"/orders/{order.token}").text
    assert "tracking-id=00%2034%26x" in page
    assert 'rel="noopener noreferrer nofollow external"' in page


def test_fifty_who_send_the_last_piece_at_once_send_it_once(app):
    order = bought((make_variant(digital=False, stock=5), 1))
    line, order_id = order.lines[0].id, order.id

    def one(_number):
        from shop.blueprints.orders.queries import order_by_id_or_404

        return send(order_by_id_or_404(order_id), {line: 1}).id

    results = at_once(this_app(), 50, one)
    assert len([each for each in results if isinstance(each, Refused)]) == 49
    assert len(queries.shipments_of(order_id)) == 1
    assert seen(order).lines[0].shipped_quantity == 1


@pytest.mark.parametrize("pieces", [0, -1, 4, 2**40, 10**30])
def test_quantity_abuse(app, pieces):
    order = bought()
    with pytest.raises(Refused):
        send(order, {order.lines[0].id: pieces})
    assert (seen(order).state, queries.shipments_of(order.id)) == ("paid", [])


@pytest.mark.parametrize("value", ["-1", "4", "1e99", "NaN", "9" * 40, "²", "1.5", "\x01"])
def test_quantity_abuse_in_the_form(editor, value):
    order = bought()
    line = order.lines[0].id
    answer = editor.post(f"/admin/shipments/orders/{order.id}", data={f"line_{line}": value})
    assert answer.status_code == 422
    assert "field__error" in answer.text
    assert seen(order).state == "paid"


def test_what_is_not_paid_is_refunded_or_a_download_is_not_sent(app):
    waiting = make_order((make_variant(digital=False), 1))
    download = bought((make_variant(), 1))
    other = bought()
    for order, line in (
        (waiting, waiting.lines[0].id),
        (download, download.lines[0].id),
        (download, other.lines[0].id),
    ):
        with pytest.raises(Refused):
            send(order, {line: 1})
    with unit_of_work():
        deciding.decide_refund(
            other, 100, {other.lines[0].id: 2}, reason="", restock=False, by=None
        )
    with pytest.raises(Refused):
        send(other, {other.lines[0].id: 2})
    send(other, {other.lines[0].id: 1})
    assert seen(other).state == "fulfilled"


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "//evil.example/x",
        "https://",
        "ftp://a.example/x",
        "https://user:pw@a.example/",
        "https://a.example/ x",
        "https://[::1",
        "https://a.example/" + "x" * 1000,
    ],
)
def test_a_link_that_leads_elsewhere_than_to_the_web_is_refused(app, url):
    with pytest.raises(Refused) as refusal:
        checked_link(url)
    assert refusal.value.field == "url"


def test_carriers_are_a_setting_and_a_bad_line_is_said(editor):
    with unit_of_work():
        lines = "Bike | https://bike.example/{code}\nBad | javascript:{code}\nBy hand\n| x\n"
        settings.change(ShipmentSettings, {"carriers": lines})
    assert [each.name for each in carriers()] == ["Bike", "By hand"]
    assert misread() == ["Bad | javascript:{code}", "| x"]
    assert carrier_named("Bike").link("a/b?c") == "https://bike.example/a%2Fb%3Fc"
    assert carrier_named("By hand").link("1") == carrier_named("Unknown").link("1") == ""
    order = bought()
    page = editor.get(f"/admin/shipments/orders/{order.id}").text
    assert "Bad | javascript:{code}" in page
    assert '<option value="Bike">' in page


def test_the_form_sends_what_it_says_and_pressed_twice_sends_once(editor, outbox, run_jobs):
    order = bought()
    line = order.lines[0].id
    form = {
        f"line_{line}": "2",
        "carrier": "",
        "code": "X1",
        "url": "https://bike.example/X1",
        "page_key": "page-1",
    }
    for _ in range(2):
        answer = editor.post(f"/admin/shipments/orders/{order.id}", data=form)
        assert answer.status_code == 303
    assert seen(order).lines[0].shipped_quantity == 2
    page = editor.get(f"/admin/orders/{order.id}").text
    assert "Ed Itor" in page
    assert "https://bike.example/X1" in page
    assert "Partly fulfilled" in page


def test_many_are_marked_at_once_and_one_that_can_not_keeps_none_back(editor, outbox, run_jobs):
    good, waiting = [bought(), bought()], make_order((make_variant(digital=False), 1))
    ids = [order.id for order in (*good, waiting)]
    answer = editor.post("/admin/shipments/many", data={"verb": "sent", "ids": ids})
    assert answer.status_code == 303
    assert [seen(order).state for order in good] == ["fulfilled", "fulfilled"]
    said = editor.get("/admin/orders/").text
    assert "2 orders are marked as sent." in said
    assert f"{waiting.number}: Nothing in this order needs to be sent." in said


@pytest.mark.parametrize("ids", [[], ["x"], ["-1"], ["9" * 30], ["²"], ["0"]])
def test_many_of_nothing_is_no_failure(editor, ids):
    answer = editor.post("/admin/shipments/many", data={"verb": "sent", "ids": ids})
    assert (answer.status_code, answer.location) == (303, "/admin/orders/?state=to_send")


def test_the_list_of_what_is_to_send_is_filtered_in_the_address(editor):
    order, download = bought(), bought((make_variant(), 1))
    listed = editor.get("/admin/orders/?state=to_send").text
    assert order.number in listed
    assert download.number not in listed
    assert order.number in editor.get(f"/admin/orders/?state=to_send&q={order.email}").text
    send(order, {order.lines[0].id: 3})
    assert order.number not in editor.get("/admin/orders/?state=to_send").text


def test_pages_of_what_is_to_send_follow_one_another_oldest_first(editor, monkeypatch):
    from shop.blueprints.orders.back_office import listing

    monkeypatch.setattr(listing, "PAGE_SIZE", 2)
    numbers = [bought().number for _ in range(3)]
    first = editor.get("/admin/orders/?state=to_send").text
    assert [number in first for number in numbers] == [True, True, False]
    after = first.split("after=")[1].split('"')[0]
    rest = editor.get(f"/admin/orders/?state=to_send&after={after}").text
    assert [number in rest for number in numbers] == [False, False, True]
    assert editor.get(f"/admin/orders/?after={after}").status_code == 404


@pytest.mark.parametrize("odd", ["9" * 5000, "9" * 30, "²", "-1", "x"])
def test_odd_ids_are_no_orders(editor, odd):
    for verb in ("slips", "sent"):
        answer = editor.post("/admin/shipments/many", data={"verb": verb, "ids": odd})
        assert (answer.status_code, answer.location) == (303, "/admin/orders/?state=to_send")


@pytest.mark.parametrize("role", ["moderator", "buyer", None])
def test_order_idor(app, client, role):
    """Parcels are for staff with the right: nobody else reads a slip, the pick list, or marks anything as sent."""
    order = bought()
    if role:
        sign_in(client, make_account(role))
    refused = {303, 403, 404}
    for path in ("", "slips", f"slips?ids={order.id}", f"orders/{order.id}"):
        assert client.get(f"/admin/shipments/{path}").status_code in refused
    line = {f"line_{order.lines[0].id}": 1}
    assert client.post(f"/admin/shipments/orders/{order.id}", data=line).status_code in refused
    many = {"verb": "sent", "ids": order.id}
    assert client.post("/admin/shipments/many", data=many).status_code in refused
    assert seen(order).state == "paid"
    db.session.rollback()


def test_what_is_kept_of_parcels_is_handed_out_and_forgotten(app):
    order = bought()
    send(order, {order.lines[0].id: 3}, carrier="DHL", code="00 34")
    [parcel] = plugin._export("Ruth@example.org")
    assert (parcel["order"], parcel["carrier"]) == (order.number, "DHL")
    with unit_of_work():
        plugin._erase("Ruth@example.org")
    [shipment] = queries.shipments_of(order.id)
    db.session.refresh(shipment)
    assert (shipment.tracking_code, shipment.tracking_url) == ("", "")


def test_the_pick_list_reads_no_line_of_which_nothing_is_to_be_sent(app):
    """The index holds those lines alone. It is used only while its condition and the query's are the same words."""
    asked = queries.picks().compile(db.engine, compile_kwargs={"literal_binds": True})
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text("SET LOCAL enable_seqscan = off"))
        explain = "EXPLAIN"
    else:
        explain = "EXPLAIN QUERY PLAN"
    plan = db.session.connection().exec_driver_sql(f"{explain} {asked}")
    assert "ix_order_line_to_be_sent" in "\n".join(str(row[-1]) for row in plan)
