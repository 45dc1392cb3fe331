"""A Shopify export comes in: products, variants, prices, stock, and nothing by guessing."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from shop.blueprints.catalog.models import Product, Variant
from shop.blueprints.importers.products.prices import read_price
from shop.core.errors import Refused
from shop.extensions import db
from shop.plugins.manager import Registry
from tests.factories.imports import SHOPIFY_COLUMNS, shopify, shopify_row
from tests.importers.conftest import Import


def products() -> dict[str, Product]:
    return {product.slug: product for product in db.session.scalars(select(Product))}


def only_variant() -> Variant:
    return db.session.scalars(select(Variant)).one()


def test_a_row_becomes_a_product_with_its_price_and_text(bring_in: Import, tmp_path: Path) -> None:
    row = shopify_row(
        Body_HTML="<p>Holds <em>tea</em>.</p>",
        Vendor="Kiln & Co",
        Tags="tea, clay",
        Variant_SKU="MUG-1",
        Variant_Compare_At_Price="12",
        Variant_Grams="300",
    )
    result = bring_in("shopify", shopify(tmp_path / "a.csv", row))
    assert result.output.splitlines()[-1] == "read 1, imported 1, unchanged 0, refused 0"
    product = products()["mug"]
    assert product.description == "Holds *tea*."
    assert (product.vendor, product.tags) == ("Kiln & Co", ["tea", "clay"])
    assert product.currency == "EUR"
    assert product.is_published
    variant = product.variants[0]
    assert (variant.price_minor, variant.compare_at_minor) == (950, 1200)
    assert (variant.sku, variant.weight_grams, variant.title) == ("MUG-1", 300, "")


def test_rows_of_one_handle_are_variants_named_by_their_options(
    bring_in: Import, tmp_path: Path
) -> None:
    first = shopify_row(Option1_Value="Small", Option2_Value="Blue")
    second = shopify_row(title="", price="11", Option1_Value="Large", Option2_Value="Blue")
    bring_in("shopify", shopify(tmp_path / "a.csv", first, second))
    variants = products()["mug"].variants
    assert [variant.title for variant in variants] == ["Small / Blue", "Large / Blue"]
    assert [variant.price_minor for variant in variants] == [950, 1100]


def test_the_only_variant_of_a_product_needs_no_name(bring_in: Import, tmp_path: Path) -> None:
    bring_in("shopify", shopify(tmp_path / "a.csv", shopify_row(Option1_Value="Default Title")))
    assert only_variant().title == ""


def test_a_row_with_only_a_picture_is_part_of_its_product_and_the_picture_is_noted(
    bring_in: Import, tmp_path: Path
) -> None:
    picture = {"Handle": "mug", "Image Src": "https://cdn.example/mug.png"}
    result = bring_in("shopify", shopify(tmp_path / "a.csv", shopify_row(), picture))
    assert result.output.splitlines()[-1] == "read 2, imported 2, unchanged 0, refused 0"
    assert "image was not downloaded: https://cdn.example/mug.png" in result.output
    assert len(products()["mug"].variants) == 1


@pytest.mark.parametrize(
    ("tracker", "quantity", "stock"),
    [
        ("shopify", "4", 4),
        ("", "4", None),
        ("shopify", "-3", 0),
        ("shopify", "", 0),
        ("shopify", "2.0", 2),
    ],
)
def test_stock_is_tracked_where_somebody_tracks_it(
    bring_in: Import, tmp_path: Path, tracker: str, quantity: str, stock: int | None
) -> None:
    row = shopify_row(Variant_Inventory_Tracker=tracker, Variant_Inventory_Qty=quantity)
    result = bring_in("shopify", shopify(tmp_path / "a.csv", row))
    assert only_variant().stock_on_hand == stock
    assert ("its stock was -3; it was set to 0" in result.output) is (quantity == "-3")


@pytest.mark.parametrize(("policy", "may"), [("deny", False), ("continue", True), ("", False)])
def test_the_policy_says_whether_more_may_be_sold_than_there_is(
    bring_in: Import, tmp_path: Path, policy: str, may: bool
) -> None:
    bring_in("shopify", shopify(tmp_path / "a.csv", shopify_row(Variant_Inventory_Policy=policy)))
    assert only_variant().may_oversell is may


@pytest.mark.parametrize("published", ["false", ""])
def test_what_was_hidden_stays_hidden(bring_in: Import, tmp_path: Path, published: str) -> None:
    bring_in("shopify", shopify(tmp_path / "a.csv", shopify_row(Published=published)))
    assert not products()["mug"].is_published


def test_prices_are_in_the_currency_that_is_named(bring_in: Import, tmp_path: Path) -> None:
    file = shopify(tmp_path / "a.csv", shopify_row(price="900"))
    bring_in("shopify", file, "--currency", "JPY")
    assert products()["mug"].currency == "JPY"
    assert only_variant().price_minor == 900


def test_a_second_run_changes_nothing(bring_in: Import, tmp_path: Path) -> None:
    row = shopify_row(Variant_Inventory_Tracker="shopify", Variant_Inventory_Qty="4")
    file = shopify(tmp_path / "a.csv", row, {"Handle": "mug", "Image Src": "https://a/b"})
    bring_in("shopify", file)
    result = bring_in("shopify", file)
    assert result.output.splitlines()[-1] == "read 2, imported 0, unchanged 2, refused 0"
    assert only_variant().stock_on_hand == 4


def test_a_dry_run_writes_nothing(bring_in: Import, tmp_path: Path) -> None:
    result = bring_in("shopify", shopify(tmp_path / "a.csv", shopify_row()), "--dry-run")
    assert result.output.splitlines()[-1] == "read 1, imported 1, unchanged 0, refused 0"
    assert not products()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_what_spreadsheets_make_of_the_file_is_read(
    bring_in: Import, tmp_path: Path, encoding: str, delimiter: str
) -> None:
    row = shopify_row(title="Tasse für Émile ☕")
    bring_in("shopify", shopify(tmp_path / "a.csv", row, encoding=encoding, delimiter=delimiter))
    assert products()["mug"].title == "Tasse für Émile ☕"


HOSTILE = {
    "no handle": (shopify_row(handle=""), "has no handle"),
    "no title": (shopify_row(title=""), "has no title"),
    "no price": (shopify_row(price="", Variant_SKU="A"), "has no price"),
    "nothing to sell": (shopify_row(price=""), "none of its rows has a price"),
    "words for a price": (shopify_row(price="cheap"), "can’t be used"),
    "negative price": (shopify_row(price="-1"), "is negative"),
    "huge price": (shopify_row(price="999999999999"), "can’t be used"),
    "infinite price": (shopify_row(price="1e99"), "can’t be used"),
    "not a number": (shopify_row(price="NaN"), "can’t be used"),
    "formula": (shopify_row(price="=1+1"), "can’t be used"),
    "too precise": (shopify_row(price="1.005"), "can’t be used"),
    "stock in words": (
        shopify_row(Variant_Inventory_Tracker="shopify", Variant_Inventory_Qty="many"),
        "is not a whole number",
    ),
    "huge weight": (shopify_row(Variant_Grams="9" * 40), "is not a whole number"),
    "gift card": (shopify_row(Gift_Card="true"), "gift cards"),
    "no address": (shopify_row(handle="†††"), "address"),
    "deep html": (shopify_row(Body_HTML="<div>" * 5_000), "nested too deeply"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_row_is_refused_alone(bring_in: Import, tmp_path: Path, name: str) -> None:
    row, reason = HOSTILE[name]
    file = shopify(tmp_path / "a.csv", row, shopify_row("cup", "Cup"))
    result = bring_in("shopify", file)
    assert result.output.splitlines()[-1] == "read 2, imported 1, unchanged 0, refused 1"
    assert reason in result.output
    assert "line 2" in result.output
    assert list(products()) == ["cup"]


def test_a_formula_in_a_name_stays_text(bring_in: Import, tmp_path: Path) -> None:
    row = shopify_row(
        title='=HYPERLINK("http://evil")', Vendor="<b>x</b>", Tags="'; DROP TABLE product--"
    )
    bring_in("shopify", shopify(tmp_path / "a.csv", row))
    product = products()["mug"]
    assert product.title == '=HYPERLINK("http://evil")'
    assert product.vendor == "x"


def test_names_beyond_all_measure_are_cut(bring_in: Import, tmp_path: Path) -> None:
    row = shopify_row(handle="h" * 300, title="T" * 1000, Vendor="V" * 1000, Variant_SKU="S" * 1000)
    result = bring_in("shopify", shopify(tmp_path / "a.csv", row))
    assert result.output.splitlines()[-1] == "read 1, imported 1, unchanged 0, refused 0"
    assert len(only_variant().sku) == 80


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"Handle,Title,Variant Price\n", "has a header, but no rows"),
        (b"Name,Cost\nmug,1\n", "does not have the column Handle, Title, Variant Price"),
        (b"Handle,Title,Variant Price,Title\nmug,Mug,1,\n", "has two columns called Title"),
        (b"Handle,Title,Variant Price\nmug,Mug,1\ncup,Cup,1,2\n", "Line 3 of a.csv has 4 cells"),
        (b'Handle,Title,Variant Price\nmug,"Mug,1\n', "is damaged near line"),
        (
            b"Handle,Title,Variant Price\nmug,M\x00g,1\n",
            "Line 2 of a.csv contains the control character",
        ),
        (b"Handle,Title,Variant Price\nmug,M\xfcg,1\n", "Line 2 of a.csv is not UTF-8"),
        (
            b"Handle,Title,Variant Price\nmug," + b"x" * 1_000_000 + b",1\n",
            "is damaged near line 2",
        ),
    ],
    ids=["no rows", "no columns", "column twice", "ragged", "quote", "NUL", "latin-1", "1 MB cell"],
)
def test_a_file_that_is_no_table_is_refused_in_one_line(
    bring_in: Import, tmp_path: Path, content: bytes, reason: str
) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(content)
    result = bring_in("shopify", file)
    assert result.exit_code == 1
    assert reason in result.output
    assert len(result.output.splitlines()) == 1
    assert db.session.scalar(select(func.count()).select_from(Product)) == 0


def test_without_a_catalog_there_is_nowhere_to_put_products(
    bring_in: Import, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(Registry, "has", lambda _self, name: name != "catalog")
    result = bring_in("shopify", shopify(tmp_path / "a.csv", shopify_row()))
    assert result.exit_code == 1
    assert "The catalog is off" in result.output


def test_columns_that_we_do_not_need_may_be_missing(bring_in: Import, tmp_path: Path) -> None:
    columns = [name for name in SHOPIFY_COLUMNS if name in {"Handle", "Title", "Variant Price"}]
    bring_in("shopify", shopify(tmp_path / "a.csv", shopify_row(), columns=columns))
    assert only_variant().stock_on_hand is None


@pytest.mark.parametrize(
    ("written", "minor"),
    [
        ("12", 1200), ("$12", 1200), ("12,50 €", 1250), ("1,234.50", 123450), ("1.234,50", 123450),
        ("USD 1,234", 123400),
        ("1 234,50", 123450), ("1,234,567.89", 123456789), ("CA$9.99", 999), ("1’234.50", 123450),
        ("1.234.567", 123456700),
    ],
)  # fmt: skip
def test_a_price_may_be_written_as_any_country_writes_it(written: str, minor: int) -> None:
    assert read_price(written, "USD") == minor


@pytest.mark.parametrize(
    "written", ["", "$", "1.234", "1,23,4.5", "twelve", "1..2", "12 12", "--1", "٣٫٥x"]
)
def test_what_may_be_two_prices_or_none_is_refused(written: str) -> None:
    with pytest.raises(Refused):
        read_price(written, "USD")


def test_old_addresses_of_products_lead_to_them_and_weights_are_bounded(
    bring_in: Import, client: FlaskClient, tmp_path: Path
) -> None:
    file = shopify(tmp_path / "a.csv", shopify_row(price="$1,234.50", Variant_Grams="-5"))
    result = bring_in("shopify", file)
    assert result.output.splitlines()[-1] == "read 1, imported 1, unchanged 0, refused 0"
    assert "its weight was -5 g" in result.output
    assert "the file does not say its currency" in result.output
    variant = only_variant()
    assert (variant.price_minor, variant.weight_grams) == (123450, 0)
    old = f"/collections/all/products/{variant.product.slug}"
    assert client.get(old).location == f"/shop/{variant.product.slug}"


def test_type_option_names_and_barcodes_come_along(
    app: Flask, client: FlaskClient, bring_in: Import, tmp_path: Path
) -> None:
    file = tmp_path / "products.csv"
    file.write_text(
        "Handle,Title,Type,Tags,Published,Option1 Name,Option1 Value,Option2 Name,Option2 Value,Variant Price,"
        "Variant Barcode\n"
        "cap,Cap,Hats,summer,true,Size,M,Colour,Red,12.00,'4006381333931\n"
        "cap,,,,,,L,,Red,12.00,own-7\n",
        encoding="utf-8",
    )
    assert bring_in("shopify", file).output.endswith("imported 2, unchanged 0, refused 0\n")
    product = db.session.scalars(select(Product)).one()
    assert (product.choice, product.tags) == ("Size / Colour", ["Hats", "summer"])
    assert [each.barcode for each in product.variants] == ["4006381333931", "own-7"]
    page = client.get("/shop/cap").text
    assert "<legend>Size / Colour</legend>" in page
    assert page.count('"gtin"') == 1
