"""The checkout's page: what stands on it, in which order, and what it knows already."""

from __future__ import annotations

from shop.blueprints.checkout.settings import CheckoutSettings
from shop.core import settings
from shop.core.site import SiteSettings
from shop.core.unit_of_work import unit_of_work
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


def sell_from(country, **rules):
    with unit_of_work():
        settings.change(SiteSettings, {"home_country": country})
        settings.change(CheckoutSettings, {"terms_address": "/pages/terms", **rules})


def test_a_download_from_the_union_is_delivered_at_once_only_by_express_consent(
    client, run_jobs, outbox
):
    sell_from("IE")
    put_in(client, make_variant(price=0))
    page = client.get("/checkout").text
    assert 'href="http://localhost/pages/terms"' in page
    refused = check_out(client, consent="")
    assert refused.status_code == 422
    assert "we may only deliver downloads right away if you agree" in refused.text
    assert orders() == []
    assert check_out(client).status_code == 303
    run_jobs()
    for kind in ("plain", "html"):
        body = outbox.messages[0].get_body((kind,)).get_content()
        assert "to deliver your downloads right away" in body
        assert "http://localhost/pages/terms" in body


def test_nobody_is_asked_for_consent_who_has_no_right_to_withdraw(client, outbox):
    for country, digital, rules in (
        ("US", True, {}),
        ("IE", False, {}),
        ("IE", True, {"asks_consent": False}),
    ):
        sell_from(country, **rules)
        browser = client.application.test_client()
        put_in(browser, make_variant(digital=digital))
        assert 'name="consent"' not in browser.get("/checkout").text, (country, digital, rules)


def test_an_address_has_what_its_country_has(client, only_till, app):
    """Without JavaScript: whoever chooses another country sees its fields with the next answer, typed values kept."""
    sell_from("IE")
    put_in(client, make_variant(digital=False))
    page = client.get("/checkout").text
    assert ">County<" in page
    assert 'name="phone"' not in page
    american = WHERE | {"country": "US", "postcode": "9990", "city": "Springfield"}
    page = client.post("/checkout/update", data=american).text
    names = ("country", "line1", "city", "region", "postcode", "phone")
    places = [page.index(f'name="{name}"') for name in names]
    assert places == sorted(places)
    assert ">ZIP code<" in page
    assert '<option value="IL">Illinois</option>' in page
    refused = check_out(client, **american, phone="12", region="Leinster")
    assert refused.status_code == 422
    for said in (
        "Choose one of the options.",
        "Enter it as it is written there, for example 95014.",
        "Enter a phone number, for example +353 1 234 5678.",
    ):
        assert said in refused.text
    right = american | {"region": "IL", "postcode": "62704", "phone": "(217) 555-0100"}
    assert check_out(client, **right).status_code == 303
    [order] = orders()
    assert order.address["region"] == "IL"
    assert order.address["phone"] == "+1 217-555-0100"
    shown = client.get(f"/orders/{order.token}").text
    assert "Springfield, IL 62704" in shown
    assert "+1 217-555-0100" in client.get("/checkout").text, "the form knows it the next time"


def test_a_phone_number_is_asked_for_as_the_owner_says(client):
    put_in(client, make_variant(digital=False))
    for rule, country, is_asked in (
        ("never", "US", False),
        ("customs", "DE", False),
        ("customs", "US", True),
        ("parcels", "DE", True),
    ):
        sell_from("IE", asks_phone=rule)
        page = client.post("/checkout/update", data=WHERE | {"country": country}).text
        assert ('name="phone"' in page) is is_asked, (rule, country)
