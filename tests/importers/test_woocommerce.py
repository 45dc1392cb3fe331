"""A WooCommerce export comes in: products with their variations, prices and stock."""

from __future__ import annotations

from pathlib import Path

from flask.testing import FlaskClient
from sqlalchemy import select

from shop.blueprints.catalog.models import Product
from shop.extensions import db
from tests.importers.conftest import Import

HEAD = (
    "ID,Type,SKU,Name,Published,Short description,Description,In stock?,Stock,Backorders allowed?,Weight (kg),"
    "Sale price,Regular price,Categories,Tags,Images,Parent,Attribute 1 name,Attribute 1 value(s),Download 1 URL\n"
)
ROWS = (
    '1,variable,tee,T-Shirt,1,Short,<p>Long <b>words</b></p>,1,,0,,,,Clothing > Tshirts,"a, b",'
    'https://x.example/a.png,,Color,"Blue, Red",\n'
    '2,variation,tee-b,T-Shirt - Blue,1,,,1,5,1,0.5,"1,000.50","1,234.50",,,,id:1,Color,Blue,\n'
    "3,variation,tee-r,T-Shirt - Red,1,,,0,,0,-1,,20,,,,tee,Color,Red,\n"
    '4,"simple, downloadable, virtual",book,Book,0,,,1,,0,,,9.99,,,,,,,https://x.example/b.pdf\n'
    "5,grouped,,Bundle,1,,,1,,0,,,1,,,,,,,\n"
    "6,variation,,Lost,1,,,1,,0,,,1,,,,id:99,,,\n"
    "7,simple,,Priceless,1,,,1,,0,,,,,,,,,,\n"
    "8,simple,,Huge,1,,,1,1e99,0,,,1,,,,,,,\n"
)


def test_products_come_in_with_their_variations_and_old_addresses(
    bring_in: Import, client: FlaskClient, tmp_path: Path
) -> None:
    file = tmp_path / "woo.csv"
    file.write_text(HEAD + ROWS)
    result = bring_in("woocommerce", file, "--currency", "USD")
    assert result.output.splitlines()[-1] == "read 8, imported 5, unchanged 0, refused 3"
    for words in (
        "a group of other products",
        "its product is not in the file",
        "has no price",
        "/b.pdf",
        "/a.png",
    ):
        assert words in result.output
    products = {each.slug: each for each in db.session.scalars(select(Product))}
    shirt = products["t-shirt"]
    assert [
        (v.title, v.price_minor, v.compare_at_minor, v.weight_grams) for v in shirt.variants
    ] == [
        ("Blue", 100050, 123450, 500),
        ("Red", 2000, None, 0),
    ]
    assert client.get("/product/t-shirt/").location == "/shop/t-shirt"
    assert client.get("/shop/t-shirt").status_code == 200
    assert client.get("/shop/book").status_code == 404
    assert "unchanged 5, refused 3" in bring_in("woocommerce", file).output
    assert bring_in("woocommerce", tmp_path).exit_code == 1


def test_sale_prices_hold_on_their_days_and_unknown_columns_are_named(
    bring_in: Import, tmp_path: Path
) -> None:
    file = tmp_path / "woo.csv"
    file.write_text(
        "\ufeffID;Type;Name;Published;Regular price;Sale price;Date sale price ends;Purchase note;Meta: _x\n"
        "1;simple;Over;1;20;15;2020-01-01 00:00:00;Thanks!;\n"
        "2;simple;Still;1;20;15;2199-01-01 00:00:00;;\n",
        encoding="utf-8",
    )
    done = bring_in("woocommerce", file)
    assert "its sale price 15 does not hold today" in done.output
    assert "nothing was made of these: Purchase note\n" in done.output
    prices = {
        each.title: each.variants[0].price_minor for each in db.session.scalars(select(Product))
    }
    assert prices == {"Over": 2000, "Still": 1500}
