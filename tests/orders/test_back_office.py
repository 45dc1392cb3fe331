"""Staff see every order, hand over what is paid, and write notes."""

from __future__ import annotations

import pytest

from shop.blueprints.orders.back_office import listing
from shop.plugins import registry
from tests.factories.accounts import make_account, sign_in
from tests.factories.orders import first_payment, make_order, make_payment, make_variant, paid
from tests.payments.test_refunds import bought
from tests.payments.test_settling import seen, settled


@pytest.fixture
def editor(app, client):
    if not registry().has("admin"):
        pytest.fail("the admin is missing")
    return sign_in(client, make_account("editor", name="Ed Itor", given=["orders.manage"]))


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
    waiting, done = make_order(email="anna@example.org", name="Livia Flores"), paid_order()
    everything = editor.get("/admin/orders/").text
    assert waiting.number in everything
    assert done.number in everything
    assert waiting.number not in editor.get("/admin/orders/?state=paid").text
    loose = waiting.number.replace("-", "").lower()
    part = waiting.number[2:7].lower()
    for search in (loose, part, "ANNA@example.org", "anna@exa", "ivia Fl"):
        found = editor.get("/admin/orders/", query_string={"q": search}).text
        assert waiting.number in found
        assert done.number not in found


@pytest.mark.parametrize("query", ["state=owned", "after=%00", "after=zzz", "after=WyJ4Il0"])
def test_a_made_up_filter_finds_nothing(editor, query):
    assert editor.get(f"/admin/orders/?{query}").status_code == 404


def test_pages_of_orders_follow_one_another(editor, monkeypatch):
    monkeypatch.setattr(listing, "PAGE_SIZE", 2)
    numbers = [make_order().number for _ in range(3)]
    first = editor.get("/admin/orders/").text
    assert [number in first for number in numbers] == [False, True, True]
    after = first.split("after=")[1].split('"')[0]
    assert numbers[0] in editor.get(f"/admin/orders/?after={after}").text


def test_the_confirmation_can_be_sent_again(editor, outbox, run_jobs):
    order = paid_order()
    run_jobs()
    editor.post(f"/admin/orders/{order.id}/confirmation")
    run_jobs()
    assert [mail["To"] for mail in outbox.messages] == ["ruth@example.org"] * 2
    words = outbox.messages[0].get_body(("plain",)).get_content()
    assert "\n\n\n" not in words  # what there is nothing to say of leaves no empty lines
    assert "\n-- \n" in words


def test_a_note_to_the_buyer_is_mailed_and_stands_on_the_orders_page(
    editor, client, outbox, run_jobs
):
    order = paid_order()
    run_jobs()
    outbox.messages.clear()
    hidden = {"body": "Among us", "to": "us"}
    said = {"body": "Your <atlas> is late,\nsorry 🙏", "to": "buyer"}
    for note in (hidden, said):
        assert editor.post(f"/admin/orders/{order.id}/notes", data=note).status_code == 303
    run_jobs()
    [mail] = outbox.messages
    assert (mail["To"], "Your <atlas> is late" in mail.get_body(("plain",)).get_content()) == (
        "ruth@example.org",
        True,
    )
    page = client.get(f"/orders/{order.token}").text
    assert "Your &lt;atlas&gt; is late,\nsorry 🙏" in page
    assert "Among us" not in page


@pytest.mark.parametrize("body", ["", " ", "x" * 2001])
def test_a_note_that_says_nothing_or_too_much_is_refused(editor, body):
    order = paid_order()
    answer = editor.post(f"/admin/orders/{order.id}/notes", data={"body": body, "to": "buyer"})
    assert answer.status_code == 422
    assert "body-error" in answer.text


@pytest.mark.parametrize("role", ["moderator", "buyer", None])
def test_order_idor(client, till, role):
    """Money, notes and repeats are for staff with the right: others change nothing."""
    order = bought(till, (make_variant(), 1))
    if role:
        sign_in(client, make_account(role))
    form = {"extra": "1", "reason": "x", "seen": "100", "body": "x", "to": "buyer"}
    paths = ("refunds", "notes", "refunds/1/request", "refunds/1/end", "payments/1/repayment")
    for path in paths:
        answer = client.post(f"/admin/orders/{order.id}/{path}", data=form)
        assert answer.status_code in {303, 403, 404}
    assert client.get(f"/admin/orders/{order.id}/refunds/new").status_code in {303, 403, 404}
    assert first_payment(seen(order)).refunding_minor == 0
