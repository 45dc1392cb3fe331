"""A WooCommerce export comes in: products with their variations, prices and stock."""

from __future__ import annotations

from pathlib import Path

from flask.testing import FlaskClient
from sqlalchemy import select

from shop.blueprints.catalog.models import Product
from shop.extensions import db
from tests.factories.imports import SITE, wp_item, wxr
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


def test_products_of_a_wordpress_file_come_in_with_what_their_fields_say(
    bring_in: Import, client: FlaskClient, tmp_path: Path
) -> None:
    def fields(**said: str) -> str:
        return "".join(
            f"<wp:postmeta><wp:meta_key>{name}</wp:meta_key><wp:meta_value><![CDATA[{value}]]></wp:meta_value></wp:postmeta>"
            for name, value in said.items()
        )

    files = 'a:1:{s:1:"k";a:2:{s:4:"name";s:1:"B";s:4:"file";s:23:"https://old.example/b.pdf";}}'
    term = (
        "<wp:term><wp:term_id>9</wp:term_id><wp:term_taxonomy>pa_color</wp:term_taxonomy>"
        "<wp:term_slug>dark-blue</wp:term_slug><wp:term_name>Dark blue</wp:term_name></wp:term>"
    )
    kind = [("product_type", "variable"), ("product_cat", "Clothing")]
    parent = "<wp:post_parent>1</wp:post_parent>"
    file = wxr(
        tmp_path / "shop.xml", term,
        wp_item(1, "Tee", kind="product", slug="the-tee", terms=kind,
                content='One\n\n[su_note title="N"]Two[/su_note]',
                more=f"<link>{SITE}/laden/clothing/the-tee/</link>" + fields(_thumbnail_id="4")),
        wp_item(2, "Tee - Blue", kind="product_variation",
                more=parent + fields(_regular_price="20", _manage_stock="yes", _stock="3",
                                     attribute_pa_color="dark-blue")),
        wp_item(3, "Book", kind="product", status="draft", terms=[("product_type", "simple")],
                more=fields(_price="9.99", _virtual="yes", _downloadable="yes", _downloadable_files=files)),
        wp_item(4, "tee.png", kind="attachment", more=f"<wp:attachment_url>{SITE}/tee.png</wp:attachment_url>"),
        wp_item(5, "Set", kind="product", terms=[("product_type", "grouped")]),
        wp_item(6, "A post"),
    )  # fmt: skip
    told = bring_in("woocommerce", file).output
    assert told.splitlines()[-1] == "read 4, imported 3, unchanged 0, refused 1"
    assert "/b.pdf" in told
    assert "/tee.png" in told
    products = {each.title: each for each in db.session.scalars(select(Product))}
    tee, book = products["Tee"], products["Book"]
    assert (tee.slug, tee.description) == ("the-tee", "One\n\nN\n\nTwo")
    assert [(v.title, v.price_minor, v.stock_on_hand) for v in tee.variants] == [
        ("Dark blue", 2000, 3)
    ]
    assert [(v.is_digital, v.price_minor) for v in book.variants] == [(True, 999)]
    for old in ("/laden/clothing/the-tee/", "/product/the-tee/", "/?p=1"):
        assert client.get(old).location == "/shop/the-tee"
    assert client.get("/shop/book").status_code == 404
    assert "unchanged 3, refused 1" in bring_in("woocommerce", file).output
    assert "imported 1," in bring_in("wordpress", file).output
