"""A visitor fills a cart, comes back to it, and nobody else touches it."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import unquote

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from shop.blueprints.cart import adding, jobs, services
from shop.blueprints.cart.models import MAX_LINES, MAX_NOTE, Cart
from shop.blueprints.catalog import services as catalog
from shop.blueprints.catalog.stock import levels
from shop.core import clock
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from tests import controls
from tests.effort import statements
from tests.factories.articles import counted_queries
from tests.factories.cart import DRAWER, add, change, give, items, make_cart, quantities
from tests.factories.catalog import make_product, make_variant
from tests.factories.orders import at_once, this_app


def carts():
    query = select(Cart).order_by(Cart.id).execution_options(populate_existing=True)
    return db.session.scalars(query).all()


def cookies_of(answer):
    return {line.split("=")[0]: line for line in answer.headers.getlist("Set-Cookie")}


def test_an_empty_cart_says_so_and_leads_to_the_shelf(client):
    for headers in ({}, DRAWER):
        page = client.get("/cart", headers=headers).text
        assert "Your cart is currently empty." in page
        assert '<a href="/shop/">Click here to continue shopping.</a>' in page
    assert "Set-Cookie" not in client.get("/cart").headers


def test_adding_leads_to_the_cart_or_fills_the_drawer(client):
    variant = make_variant(price_minor=1450)
    answer = add(client, variant)
    assert (answer.status_code, answer.location) == (303, "/cart")
    drawer = add(client, variant, headers=DRAWER)
    assert drawer.status_code == 200
    assert "<html" not in drawer.text
    for page in (drawer.text, client.get("/cart").text):
        assert variant.product.title in page
        assert "€29.00" in page
        assert "Check out" in page


def test_cookies_come_with_the_first_add_and_not_before(client):
    variant = make_variant()
    for address in ("/", "/shop/", f"/shop/{variant.product.slug}", "/cart"):
        assert "Set-Cookie" not in client.get(address).headers, address
    set_now = cookies_of(add(client, variant, 3))
    assert set_now.keys() == {"cart", "cart_count"}
    assert "HttpOnly" in set_now["cart"]
    assert "HttpOnly" not in set_now["cart_count"]
    assert all("SameSite=Lax" in line for line in set_now.values())
    assert client.get_cookie("cart_count").value == "3"


def test_the_badge_follows_every_change(client):
    add(client, make_variant(), 3)
    [item] = items()
    change(client, item, 1)
    assert client.get_cookie("cart_count").value == "1"
    change(client, item, 0, headers=DRAWER)
    assert client.get_cookie("cart_count").value == "0"


@pytest.mark.parametrize(
    "token", ["x" * 32, "", "\\000", '"\\000\\377"', "x" * 5000, "ü", "' OR 1=1"]
)
def test_a_token_that_we_never_gave_opens_nothing_and_is_replaced(app, token):
    client = app.test_client(use_cookies=False)  # else it would leave our header out
    make_cart((make_variant(), 1))
    answer = client.get("/cart", headers={"Cookie": f"cart={token}; cart_count=7"})
    assert "Your cart is currently empty." in answer.text
    added = client.post(
        "/cart/items", data={"variant": items()[0].variant_id}, headers={"Cookie": f"cart={token}"}
    )
    assert added.status_code == 303
    assert len({cart.token for cart in carts()}) == 2
    assert token not in {cart.token for cart in carts()}


def test_a_cart_that_is_gone_is_forgotten(client):
    add(client, make_variant())
    with unit_of_work():
        db.session.delete(carts()[0])
    assert "Your cart is currently empty." in client.get("/cart").text
    assert client.get_cookie("cart") is None
    assert client.get_cookie("cart_count") is None


@pytest.mark.parametrize("headers", [{}, DRAWER])
def test_cart_idor(client, headers):
    theirs = make_cart((make_variant(), 2))
    [line] = items()
    assert change(client, line, 0, headers=headers).status_code == 404
    add(client, make_variant())
    assert change(client, line, 0, headers=headers).status_code == 404
    assert change(client, line, "x", headers=headers).status_code == 404
    client.post("/cart", data={"note": "mine", "cart": theirs.id, "token": "x"})
    assert [cart.note for cart in carts()] == ["", "mine"]
    assert quantities() == [2, 1]


@controls.on_sqlite
def test_control_cart_idor(client):
    with controls.failing_without("only lines of one's own cart"):
        test_cart_idor(client, {})


def test_price_tamper(client):
    variant = make_variant(price_minor=1400)
    client.post(
        "/cart/items",
        data={"variant": variant.id, "price": "0.01", "price_minor": 1, "unit_price_minor": 1},
    )
    assert "€14.00" in client.get("/cart").text


def test_currency_tamper(client):
    variant = make_variant(price_minor=1400)
    client.post("/cart/items", data={"variant": variant.id, "currency": "JPY"})
    page = client.get("/cart").text
    assert "€14.00" in page
    assert "¥" not in page


def test_a_price_that_changed_is_the_price(client):
    variant = make_variant(price_minor=1400)
    add(client, variant)
    with unit_of_work():
        variant.price_minor = 1700
    assert "€17.00" in client.get("/cart").text


def test_two_currencies_do_not_meet_in_one_cart(client):
    add(client, make_variant(currency="EUR"))
    dollars = make_variant(currency="USD")
    answer = add(client, dollars)
    assert (answer.status_code, "different currency" in answer.text) == (422, True)
    drawer = add(client, dollars, headers=DRAWER)
    assert drawer.status_code == 422
    assert "X-Cart-Remaining" not in drawer.headers
    assert quantities() == [1]


def test_a_currency_that_changed_meanwhile_is_not_added_up(client):
    first, second = make_variant(price_minor=1400), make_variant(price_minor=900)
    add(client, first)
    add(client, second)
    with unit_of_work():
        second.product.currency = "USD"
    page = client.get("/cart").text
    assert "sold in another currency" in page
    assert '<span class="price sum--total">€14.00</span>' in page


def test_a_full_cart_takes_no_new_line_but_more_of_an_old_one(client):
    editions = [{"title": str(number)} for number in range(MAX_LINES + 1)]
    *variants, one_more = make_product(*editions).variants
    give(client, make_cart(*((variant, 1) for variant in variants)))
    answer = add(client, one_more)
    assert (answer.status_code, "Your cart is full" in answer.text) == (422, True)
    assert add(client, variants[0]).status_code == 303
    assert len(items()) == MAX_LINES


def test_a_cart_of_many_lines_costs_as_many_queries_as_one_of_two(client):
    variants = [make_variant() for _ in range(12)]

    def queries_of(count):
        cart = make_cart(*((variant, 1) for variant in variants[:count]))
        with counted_queries() as queries:
            assert give(client, cart).get("/cart").status_code == 200
        return len(queries)

    queries_of(2)
    assert queries_of(12) == queries_of(2) <= 5


GONE = "This is no longer for sale. Remove it to continue."


@pytest.mark.parametrize("happens", ["hidden", "removed", "retired"])
def test_what_is_no_longer_for_sale_says_so_and_is_not_added_up(client, happens):
    kept = make_variant(price_minor=500)
    product = make_product({"left": 5}, {"left": 5})
    variant = product.variants[0]
    add(client, kept)
    add(client, variant)
    with unit_of_work():
        match happens:
            case "hidden":
                catalog.take_off_shelf(product)
            case "removed":
                catalog.remove_product(product)
            case _:
                catalog.retire_variant(variant)
    page = client.get("/cart").text
    assert GONE in page
    assert '<span class="price sum--total">€5.00</span>' in page
    assert client.get("/checkout").location == "/cart"
    assert add(client, variant).status_code == 404
    change(client, items()[1], 4)
    assert quantities() == [1, 1]
    assert change(client, items()[1], 0).status_code == 303
    assert GONE not in client.get("/cart").text


@pytest.mark.parametrize(
    ("left", "words"),
    [(0, "now sold out"), (1, "Only one is left."), (2, "Only 2 are left.")],
)
def test_what_sold_meanwhile_is_said_on_its_line(client, left, words):
    variant = make_variant(left=5)
    add(client, variant, 3)
    with unit_of_work():
        levels.set_on_hand(variant, left)
    assert words in client.get("/cart").text
    assert client.get("/checkout").location == "/cart"
    assert quantities() == [3]


def test_a_line_that_went_while_another_window_showed_it_is_not_found(client):
    add(client, make_variant())
    [item] = items()
    number = item.id
    change(client, item, 0)
    assert client.post(f"/cart/items/{number}", data={"quantity": 3}).status_code == 404


def test_the_note_is_kept_and_leads_on_to_the_checkout(client):
    add(client, make_variant())
    note = "For Ruth 🌿\r\nשלום\x00"
    answer = client.post("/cart", data={"note": note})
    assert (answer.status_code, answer.location) == (303, "/checkout")
    assert carts()[0].note == "For Ruth 🌿\nשלום"
    assert "<details open>" in client.get("/cart").text


def test_a_note_that_is_too_long_is_said_beside_it_and_kept_on_the_page(client):
    add(client, make_variant())
    answer = client.post("/cart", data={"note": "x" * (MAX_NOTE + 1)})
    assert answer.status_code == 422
    assert 'id="cart-note-error"' in answer.text
    assert "x" * (MAX_NOTE + 1) in answer.text
    assert carts()[0].note == ""


def test_a_note_without_a_cart_makes_none(client):
    assert client.post("/cart", data={"note": "hello"}).status_code == 303
    assert carts() == []


@pytest.mark.parametrize("address", ["/cart", "/cart/items", "/cart/items/1"])
def test_csrf(client, address):
    variant = make_variant()
    add(client, variant)
    answer = client.post(
        address,
        data={"variant": variant.id, "quantity": 3},
        headers={"Sec-Fetch-Site": "cross-site"},
    )
    assert answer.status_code == 403
    assert quantities() == [1]


def test_adding_takes_three_statements_in_a_new_cart_and_five_in_another(client):
    one, other = make_variant().id, make_variant().id
    sent = []
    for each in (one, other, other):
        with statements() as seen:
            assert add(client, each).status_code == 303
        sent.append(len(seen))
    assert sent == [3, 5, 5]
    assert quantities() == [1, 2]


def test_adding_at_once_never_loses_one_nor_exceeds_the_stock(app):
    variant = make_variant(left=7)
    cart = make_cart((make_variant(), 1))
    key, variant_id = cart.link_key, variant.id

    def put_one_in(_number):
        with unit_of_work():
            adding.add_item(key, variant_id, 1)

    results = at_once(this_app(), 10, put_one_in)
    refused = [result for result in results if isinstance(result, services.DoesNotFit)]
    assert (results.count(None), len(refused)) == (7, 3)
    assert quantities() == [1, 7]


def test_a_full_cart_stays_full_however_many_add_at_once(app):
    editions = [{"title": str(number)} for number in range(MAX_LINES + 3)]
    variants = make_product(*editions).variants
    key = make_cart(*((variant, 1) for variant in variants[: MAX_LINES - 1])).link_key
    late = [variant.id for variant in variants[MAX_LINES - 1 :]]

    def put_in(number):
        with unit_of_work():
            adding.add_item(key, late[number], 1)

    at_once(this_app(), 4, put_in)
    assert len(items()) == MAX_LINES


@pytest.mark.parametrize("quantity", [0, -1, 100_000])
def test_the_database_itself_refuses_a_quantity_that_is_none(app, quantity):
    make_cart((make_variant(), 1))
    with pytest.raises(IntegrityError), unit_of_work():
        db.session.execute(text("UPDATE cart_item SET quantity = :q"), {"q": quantity})
    assert quantities() == [1]


def test_the_database_itself_keeps_one_line_a_variant(app):
    make_cart((make_variant(), 1))
    with pytest.raises(IntegrityError), unit_of_work():
        db.session.execute(
            text(
                "INSERT INTO cart_item (cart_id, variant_id, quantity)"
                " SELECT cart_id, variant_id, 1 FROM cart_item"
            )
        )


def test_carts_that_nobody_touched_for_60_days_are_swept(app, monkeypatch):
    monkeypatch.setattr(jobs, "SWEPT_AT_ONCE", 2)
    variant = make_variant()
    old = [make_cart((variant, 1)) for _ in range(5)]
    with unit_of_work():
        for cart in old:
            cart.updated_at = clock.now() - timedelta(days=61)
    kept = make_cart((variant, 2))
    jobs.sweep()
    assert [cart.id for cart in carts()] == [kept.id]
    assert quantities() == [2]


def test_a_cart_that_is_swept_while_it_is_used_is_not_found(client, monkeypatch):
    cart = make_cart((make_variant(), 1))
    give(client, cart)
    swept = services._lock

    def sweep_first(locked):
        db.session.execute(text("DELETE FROM cart"))
        swept(locked)

    monkeypatch.setattr(services, "_lock", sweep_first)
    assert client.post("/cart", data={"note": "x"}).status_code == 404


def test_an_edition_that_is_no_longer_sold_is_said_where_it_was_asked_for(client):
    product = make_product({"title": "Linen"}, {"title": "Paper"})
    gone = product.variants[1].id
    with unit_of_work():
        catalog.retire_variant(product.variants[1])
    page = add(client, gone)
    drawer = add(client, gone, headers=DRAWER)
    assert (page.status_code, drawer.status_code) == (404, 404)
    assert "This is no longer for sale." in page.text
    assert unquote(drawer.headers["X-Cart-Message"]) == "This is no longer for sale."
    assert quantities() == []


def test_a_quantity_with_a_space_is_none(client):
    variant = make_variant()
    assert add(client, variant, " 1").status_code == 422
    assert quantities() == []


def test_a_line_says_what_one_costs_and_is_in_no_sum_while_too_few_are_left(client):
    printed, download = make_variant(price_minor=2200, left=4), make_variant(is_digital=True)
    add(client, printed, 4)
    add(client, download)
    page = client.get("/cart").text
    assert "€22.00 each" in page
    assert "€14.00 each" not in page
    assert page.count('name="quantity" type="number"') == 1, "nobody needs a download twice"
    with unit_of_work():
        levels.set_on_hand(db.session.get(type(printed), printed.id), 2)
    page = client.get("/cart").text
    assert "€88.00" not in page
    assert "Not in the subtotal" in page
    assert page.count("€14.00") == 2, "the line that is left, and the subtotal"


def test_several_downloads_of_one_can_be_made_fewer(client):
    add(client, make_variant(is_digital=True), 2)
    assert 'name="quantity" type="number"' in client.get("/cart").text
