"""The shelf and product pages: what strangers see, what machines read, and that both are never stale."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest

from shop.blueprints.catalog import queries, services
from shop.blueprints.catalog.services import VariantTerms
from shop.blueprints.catalog.stock import reservations
from shop.core import clock
from shop.core.unit_of_work import unit_of_work
from tests.factories.articles import counted_queries, make_article
from tests.factories.catalog import add_edition, make_product, make_variant, retire_all


def page_of(client, product):
    answer = client.get(f"/shop/{product.slug}")
    assert answer.status_code == 200
    return answer.text


def structured(page):
    [found] = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    return {part["@type"]: part for part in json.loads(found)["@graph"]}


def rename(product, slug):
    with unit_of_work():
        services.write_product(
            services.ProductText(title=product.title, slug=slug, currency=product.currency),
            product=product,
        )


def test_the_shelf_shows_what_is_on_sale_featured_first_then_newest(client):
    for title in ("Oldest", "Featured", "Newest"):
        make_product(title=title, featured=title == "Featured")
    make_product(title="Draft", published=False)
    page = client.get("/shop/").text
    shown = re.findall(r'<section class="guide [^>]*aria-label="([^"]*)"', page)
    assert shown == ["Featured", "Newest", "Oldest"]


def test_an_empty_shelf_says_so(client):
    answer = client.get("/shop/")
    assert (answer.status_code, "Nothing for sale yet" in answer.text) == (200, True)


def test_a_long_shelf_has_pages_and_shows_each_guide_once(client, monkeypatch):
    monkeypatch.setattr(queries.shelf, "__defaults__", (None, 2))
    titles = {make_product(featured=number == 1).title for number in range(5)}
    shown, address = [], "/shop/"
    while address:
        page = client.get(address).text
        shown += re.findall(r'<section class="guide [^>]*aria-label="([^"]*)"', page)
        further = re.search(r'href="(/shop/\?after=[^"]+)"', page)
        address = further[1].replace("&amp;", "&") if further else ""
    assert (len(shown), set(shown)) == (5, titles)


@pytest.mark.parametrize("cursor", ["x", "W10", "=", "WzEsIDJd", "9" * 300, "%00", "é"])
def test_a_cursor_that_is_none_is_not_found(client, cursor):
    assert client.get(f"/shop/?after={cursor}").status_code == 404


def test_a_product_with_one_variant_asks_for_nothing_but_how_many(client):
    product = make_product({"price_minor": 1450, "compare_at_minor": 1800})
    page = page_of(client, product)
    assert f'<input type="hidden" name="variant" value="{product.variants[0].id}">' in page
    assert "€14.50" in page
    assert '<s><span class="visually-hidden">before: </span>€18.00</s>' in page
    assert 'type="radio"' not in page


def test_a_product_with_variants_offers_them_in_their_order_and_the_first_that_is_there(client):
    product = make_product(
        {"title": "Linen", "price_minor": 2400, "left": 0},
        {"title": "Paper", "price_minor": 1200, "left": 2},
    )
    page = page_of(client, product)
    assert "from €12.00" in page
    linen, paper = re.findall(r'<input type="radio" name="variant"[^>]*>', page)
    assert ("disabled" in linen, "checked" in linen) == (True, False)
    assert ("disabled" in paper, "checked" in paper) == (False, True)
    assert page.index("Linen") < page.index("Paper")


@pytest.mark.parametrize(
    ("left", "words"),
    [(4, ""), (3, "Only 3 left"), (1, "Only 1 left"), (0, "Sold out"), (None, "")],
)
def test_few_left_and_none_left_are_said(client, left, words):
    product = make_product({"left": left, "low_stock_at": 3})
    page = page_of(client, product)
    said = re.findall(r'<span class="stock[^"]*">([^<]*)</span>', page)
    assert said == ([words] if words else [])
    assert ("Add to cart" in page) == (left != 0)


def test_a_product_without_anything_to_buy_is_shown_as_sold_out_everywhere(client):
    product = make_product(featured=True)
    make_article(slug="beside", related_guides=[product.slug])
    retire_all(product)
    page = page_of(client, product)
    assert "Sold out" in page
    assert "Add to cart" not in page
    assert structured(page)["Product"]["offers"] == []
    for address in ("/", "/shop/", "/articles/beside", "/sitemap.xml"):
        assert client.get(address).status_code == 200, address


def test_a_download_is_said_to_be_one(client):
    assert "Instant download" in page_of(client, make_product({"is_digital": True}))
    both = make_product({"is_digital": True, "title": "PDF"}, {"title": "Printed"})
    assert "Instant download" not in page_of(client, both)


def test_machines_read_price_and_availability_of_each_variant(client):
    product = make_product(
        {"title": "One", "sku": "A-1", "price_minor": 1450, "left": 0},
        {"title": "Two", "price_minor": 900, "left": 2},
        {"title": "Three", "price_minor": 0},
        {"title": "Four", "left": 0, "may_oversell": True},
        title='Tables & "chairs" </script><script>alert(1)</script>',
        slug="tables",
    )
    found = structured(page_of(client, product))
    assert found["Product"]["name"] == product.title
    assert found["Product"]["url"] == "http://localhost/shop/tables"
    assert found["Product"]["image"][0].startswith("http://localhost/shop/tables/cover.svg?v=")
    offers = found["Product"]["offers"]
    assert [(offer["price"], offer["priceCurrency"]) for offer in offers] == [
        ("14.50", "EUR"),
        ("9.00", "EUR"),
        ("0.00", "EUR"),
        ("14.00", "EUR"),
    ]
    assert [offer["availability"].rpartition("/")[2] for offer in offers] == [
        "OutOfStock",
        "LimitedAvailability",
        "InStock",
        "BackOrder",
    ]
    steps = found["BreadcrumbList"]["itemListElement"]
    assert [step["position"] for step in steps] == [1, 2, 3]
    assert "<script>alert" not in page_of(client, product)


@pytest.mark.parametrize(
    ("currency", "minor", "price", "shown"),
    [
        ("JPY", 1400, "1400", "¥1,400"),
        ("EUR", 1400, "14.00", "€14.00"),
        ("KWD", 1405, "1.405", "1.405"),
    ],
)
def test_money_has_the_digits_of_its_currency(client, currency, minor, price, shown):
    product = make_product({"price_minor": minor}, currency=currency)
    page = page_of(client, product)
    assert structured(page)["Product"]["offers"][0]["price"] == price
    assert shown in page


def test_an_earlier_address_leads_to_the_present_one(client):
    product = make_product(slug="first")
    for slug in ("second", "third"):
        rename(product, slug)
    for slug in ("first", "second"):
        answer = client.get(f"/shop/{slug}")
        assert (answer.status_code, answer.location) == (301, "/shop/third")
    rename(product, "first")
    assert client.get("/shop/first").status_code == 200
    assert client.get("/shop/third").location == "/shop/first"


def test_an_earlier_address_that_another_product_takes_is_its_own(client):
    first = make_product(slug="first")
    rename(first, "second")
    assert make_product(title="Another", slug="first").slug == "first"
    assert "Another" in client.get("/shop/first").text


def test_what_was_removed_is_gone_by_each_of_its_addresses(client):
    product = make_product(slug="first")
    rename(product, "second")
    with unit_of_work():
        services.remove_product(product)
    for slug in ("first", "second"):
        assert client.get(f"/shop/{slug}").status_code == 410


def test_a_draft_is_nowhere(client, run_jobs):
    product = make_product(title="Unfinished", slug="unfinished", featured=True)
    make_article(slug="beside", related_guides=["unfinished"], body="::guide[unfinished]")
    variant_id = product.variants[0].id
    run_jobs()
    assert "Unfinished" in client.get("/search?q=unfinished").text
    with unit_of_work():
        services.take_off_shelf(product)
    run_jobs()
    for address in ("/", "/shop/", "/articles/beside", "/sitemap.xml", "/search?q=guide"):
        page = client.get(address).text.lower()
        assert "unfinished</a>" not in page, address
        assert "/shop/unfinished" not in page, address
    assert "/shop/unfinished" not in client.get("/search?q=unfinished").text
    assert client.get("/shop/unfinished").status_code == 404
    assert client.get("/shop/unfinished/cover.svg").status_code == 404
    assert client.post("/cart/items", data={"variant": variant_id}).status_code == 404


@pytest.mark.parametrize(
    "slug", ["none", "x" * 3000, "%F0%9F%8C%BF", "%00", "..%2f..%2fetc", "'--"]
)
def test_an_address_that_is_none_is_not_found(client, slug):
    assert client.get(f"/shop/{slug}").status_code == 404
    assert client.get(f"/shop/{slug}/cover.svg").status_code == 404


def reprice(product):
    with unit_of_work():
        services.write_variant(product, VariantTerms(price_minor=7777), variant=product.variants[0])


def sell_out(product):
    with unit_of_work():
        reservations.reserve(
            "r", {product.variants[0].id: 5}, until=clock.now() + timedelta(hours=1)
        )


def hide(product):
    with unit_of_work():
        services.take_off_shelf(product)


@pytest.mark.parametrize(
    ("happens", "before", "after"),
    [
        (reprice, "€14.00", "€77.77"),
        (sell_out, "Add to cart", "Sold out"),
        (hide, "A moved one", ""),
    ],
)
def test_a_change_shows_to_the_next_stranger_at_once(client, happens, before, after):
    product = make_product(
        {"left": 5, "low_stock_at": 0}, title="A moved one", slug="moved", featured=True
    )
    make_article(slug="beside", related_guides=["moved"])
    make_article(slug="inside", body="::guide[moved]")
    addresses = ["/shop/moved", "/shop/", "/", "/articles/beside", "/articles/inside"]
    for address in addresses:
        assert before in client.get(address).text, address
    happens(product)
    for address in addresses:
        page = client.get(address).text
        assert before not in page.replace("<title>", ""), address
        assert after in page, address


def test_a_product_that_has_moved_keeps_its_place_in_articles(client):
    product = make_product(title="A moved one", slug="first")
    make_article(slug="beside", related_guides=["first", "second"])
    make_article(slug="inside", body="::guide[first]")
    for slug in ("second", "third"):
        rename(product, slug)
    for address in ("/articles/beside", "/articles/inside"):
        assert (
            len(re.findall(r'<h\d[^>]*><a href="/shop/third\?from=', client.get(address).text)) == 1
        )


def test_what_is_published_shows_at_once_where_it_was_missing(client):
    product = make_product(title="Coming soon", slug="soon", published=False)
    make_article(slug="beside", related_guides=["soon"])
    make_article(slug="inside", body="::guide[soon]")
    addresses = ["/shop/", "/", "/articles/beside", "/articles/inside"]
    for address in addresses:
        assert "Coming soon" not in client.get(address).text
    assert client.get("/shop/soon").status_code == 404
    with unit_of_work():
        services.put_on_shelf(product)
    for address in [*addresses, "/shop/soon"]:
        assert "Coming soon" in client.get(address).text, address


def test_a_second_stranger_costs_no_query(client):
    product = make_product()
    page_of(client, product)
    with counted_queries() as queries_asked:
        page_of(client, product)
        client.get("/shop/")
        client.get("/shop/")
    assert len(queries_asked) <= 4


def test_a_cold_product_page_costs_four_queries_at_most(client):
    page_of(client, make_product())  # the settings and what sending costs are known from now on
    product = make_product(*({"title": str(number), "left": 2} for number in range(9)))
    with counted_queries() as queries_asked:
        page_of(client, product)
    assert len(queries_asked) <= 4, queries_asked


@pytest.mark.parametrize("address", ["/shop/", "/", "/articles/beside"])
def test_many_guides_cost_as_many_queries_as_two(client, address):
    products = [make_product({"left": 1}, {"left": 2}, featured=True) for _ in range(2)]
    article = make_article(slug="beside", related_guides=[product.slug for product in products])
    client.get(address)  # settings are known from now on
    reprice(products[0])
    with counted_queries() as with_two:
        client.get(address)
    products += [make_product({"left": 1}, {"left": 2}, featured=True) for _ in range(8)]
    with unit_of_work():
        article.related_guides = [product.slug for product in products]
        services.put_on_shelf(products[0])
    with counted_queries() as with_ten:
        client.get(address)
    assert len(with_ten) == len(with_two) > 0


def test_pages_of_the_shop_are_the_same_bytes_for_everyone(client, app):
    product = make_product({"left": 2})
    other = app.test_client()
    other.post("/cart/items", data={"variant": product.variants[0].id})
    for address in ("/shop/", f"/shop/{product.slug}"):
        assert client.get(address).data == other.get(address).data
        assert client.get(address).headers["Cache-Control"] == "public, max-age=0, must-revalidate"


def test_a_refusal_shown_to_one_is_not_kept_for_others(client, app):
    product = make_product({"left": 1})
    refused = client.post("/cart/items", data={"variant": product.variants[0].id, "quantity": 5})
    assert "There is only one item left to add to the cart" in refused.text
    assert "no-store" in refused.headers["Cache-Control"]
    assert "There is only one item left" not in page_of(app.test_client(), product)


def test_hostile_words_stay_words(client):
    make_product(
        {"title": "<b>Linen</b>"},
        {"title": "{{7*7}}"},
        title="<img src=x onerror=alert(1)> {{7*7}}",
        slug="hostile",
        summary='"><script>alert(2)</script>',
        description="<script>alert(3)</script> [x](javascript:alert(4))",
    )
    make_article(slug="beside", related_guides=["hostile"])
    for address in ("/shop/hostile", "/shop/", "/articles/beside"):
        page = client.get(address).text
        assert "<img src=x" not in page
        assert "<script>alert" not in page
        assert 'href="javascript:' not in page
        assert "{{7*7}}" in page


def test_an_edition_that_is_added_is_offered_at_once(client):
    product = make_product({"title": "Paper"})
    page_of(client, product)
    add_edition(product, title="Linen")
    assert "Linen" in page_of(client, product)


def test_a_retired_edition_is_offered_to_nobody(client):
    product = make_product({"title": "Paper"}, {"title": "Linen"})
    page_of(client, product)
    with unit_of_work():
        services.retire_variant(product.variants[1])
    page = page_of(client, product)
    assert "Linen" not in page
    assert len(structured(page)["Product"]["offers"]) == 1


def test_a_reservation_given_back_shows_at_once(client):
    variant = make_variant(left=1)
    with unit_of_work():
        reservations.reserve("r", {variant.id: 1}, until=clock.now() + timedelta(hours=1))
    assert "Sold out" in page_of(client, variant.product)
    with unit_of_work():
        reservations.release("r")
    assert "Only 1 left" in page_of(client, variant.product)


def test_the_card_in_an_article_offers_every_variant_to_choose_from(client):
    product = make_product(
        {"title": "PDF", "is_digital": True, "price_minor": 1600},
        {"title": "Printed", "price_minor": 2200},
        {"title": "Signed", "price_minor": 3000, "left": 0},
    )
    make_article(slug="inside", body=f"::guide[{product.slug}]")
    page = client.get("/articles/inside").text
    pdf, printed, signed = (variant.id for variant in product.variants)
    assert f'<option value="{pdf}">PDF · €16.00</option>' in page
    assert f'<option value="{printed}">Printed · €22.00</option>' in page
    assert f'<option value="{signed}" disabled>Signed · €30.00 · Sold out</option>' in page
    assert "Choose variant" in client.get("/shop/").text


def test_a_download_has_a_quantity_without_a_stepper(client):
    page = client.get(f"/shop/{make_product({'is_digital': True}).slug}").text
    assert '<label class="field__label" for="quantity">Quantity</label>' in page
    assert "quantity-stepper" not in page
    assert "quantity-stepper" in client.get(f"/shop/{make_product({}).slug}").text
