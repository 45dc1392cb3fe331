"""The checkout's page: what stands on it, in which order, and what it knows already."""

from __future__ import annotations

from tests.checkout.buying import WHERE, check_out, orders, put_in
from tests.factories.accounts import make_account, sign_in
from tests.factories.orders import ADDRESS, make_free_order, make_variant


def test_the_summary_stands_before_the_form_and_enter_pays(client):
    put_in(client, make_variant())
    page = client.get("/checkout").text
    assert page.index('class="summary"') < page.index('id="checkout"')
    first = page.index('form="checkout"')
    assert page[:first].endswith('<button class="visually-hidden" ')
    assert page.index(">Pay<") < page.index("/checkout/update")


def test_nothing_leads_away_from_the_checkout_but_the_way_back(client):
    put_in(client, make_variant())
    page = client.get("/checkout").text
    header = page[page.index("<header") : page.index("</header>")]
    assert 'href="/cart"' in header
    assert "site-nav" not in page
    assert "cart-drawer" not in page


def test_an_unticked_gift_has_no_words(client, till):
    put_in(client, make_variant(digital=False))
    check_out(client, **WHERE, gift_note="Happy birthday", method="till")
    [order] = orders()
    assert (order.is_gift, order.gift_note) == (False, "")


def test_somebody_who_is_signed_in_finds_earlier_addresses(client, outbox):
    account = make_account(email="ruth@example.org", name="Ruth Miller")
    home = ADDRESS
    aunt = ADDRESS | {"name": "Ann Lee", "line1": "9 Loud Street"}
    for address in (home, aunt, home):
        make_free_order(account_id=account.id, email=account.email, address=address)
    put_in(client, make_variant(digital=False))
    assert "4 Quiet Lane" not in client.get("/checkout").text
    sign_in(client, account)
    page = client.get("/checkout").text
    assert 'value="4 Quiet Lane"' in page
    assert 'href="/checkout?to=2">Ann Lee, 9 Loud Street' in page
    page = client.get("/checkout?to=2").text
    assert 'value="9 Loud Street"' in page
    assert 'value="Ann Lee"' in page
    assert client.get("/checkout?to=99").status_code == 200
