"""A gift goes to who gets it, with the giver's words and without a price."""

from __future__ import annotations

import pytest

from tests.checkout.buying import WHERE, check_out, orders, put_in
from tests.factories.accounts import make_account, sign_in
from tests.factories.orders import make_variant


def test_a_gift_is_ordered_with_a_name_and_words_for_who_gets_it(client, till, app):
    put_in(client, make_variant(title="Atlas", price=1400, digital=False, stock=5))
    words = "For you 🎁,\n<b>{{7*7}}</b>"
    said = {"is_gift": "y", "gift_note": words, "recipient": "Nora Z", "method": "till"}
    assert check_out(client, **WHERE, **said).status_code == 303
    [order] = orders()
    assert (order.is_gift, order.gift_note, order.name) == (True, words, "Ruth Miller")
    assert order.address["name"] == "Nora Z"
    page = client.get(f"/orders/{order.token}").text
    assert "&lt;b&gt;{{7*7}}&lt;/b&gt;" in page
    again = client.get("/checkout").text
    assert 'value="Nora Z"' in again
    assert 'value="Ruth Miller"' in again


@pytest.mark.parametrize("said", [{"gift_note": "x" * 501}, {"recipient": "a\r\nBcc: x@y.org"}])
def test_words_that_are_too_long_or_hide_something_are_refused(client, till, said):
    put_in(client, make_variant(digital=False, stock=5))
    assert check_out(client, **WHERE, **said, method="till").status_code == 422
    assert orders() == []


def test_a_download_is_no_parcel_and_asks_for_no_gift(client, till):
    put_in(client, make_variant())
    assert "This is a gift" not in client.get("/checkout").text
    check_out(client, is_gift="y", gift_note="x", method="till")
    assert [order.is_gift for order in orders()] == [False]


def test_staff_see_the_words_of_a_gift(client, till):
    from tests.factories.orders import make_order

    order = make_order((make_variant(digital=False), 1), is_gift=True, gift_note="For <Mum>")
    sign_in(client, make_account("editor", given=["orders.manage"]))
    assert "For &lt;Mum&gt;" in client.get(f"/admin/orders/{order.id}").text
