"""The back office of the shop: who may, what a form refuses and where it says so, and large uploads."""

from __future__ import annotations

import io
import re

import pytest
from sqlalchemy import select
from werkzeug.datastructures import FileStorage

from shop.blueprints.catalog import services
from shop.blueprints.catalog.files import pages, uploads
from shop.blueprints.catalog.models import (
    Product,
    ProductFile,
    ProductState,
    StockMovement,
    Variant,
)
from shop.blueprints.catalog.stock import ledger
from shop.core import settings
from shop.core.files import storage
from shop.core.site import SiteSettings
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from tests import controls
from tests.factories.accounts import make_account, sign_in
from tests.factories.catalog import make_product, make_variant

TEXT = {
    "title": "The Money Hour",
    "slug": "",
    "subtitle": "Twelve talks",
    "summary": "A small book.",
    "description": "## Inside",
    "tags": "money, talk",
    "vendor": "Bookstall",
    "cover_pattern": "waves",
    "ground": "#8c2f2b",
    "figure": "#f2e6d8",
}
TERMS = {"title": "PDF", "sku": "MH-1", "price": "14.50", "low_stock_at": "3", "weight_grams": "0"}
HOSTILE = ["x" * 5000, "a\x00b", "a\r\nb", "‮evil", "🌿" * 200]


@pytest.fixture
def editor(client):
    return sign_in(client, make_account("editor"))


def products():
    return db.session.scalars(select(Product).execution_options(populate_existing=True)).all()


def only_product():
    [product] = products()
    db.session.refresh(product)
    return product


def said_beside(answer, field):
    found = re.search(
        rf'<p class="field__error" id="{field}-error">.*?<span>(.*?)</span>', answer.text
    )
    return found[1] if found else ""


def upload(content, name="guide.pdf", media_type="application/pdf"):
    return FileStorage(io.BytesIO(content), name, content_type=media_type)


def picture_bytes(kind="PNG", size=(600, 800)):
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", size, "#8c2f2b").save(out, kind)
    return out.getvalue()


def addresses(product):
    own = f"/admin/products/{product.id}"
    edition = f"{own}/variants/{product.variants[0].id}"
    stock = f"/admin/stock/{product.variants[0].id}"
    both = ["/admin/products/new", own, f"{own}/variants/new", edition, stock]
    acts = ["published", "hidden", "removed", "restored", "files", "files/1/removed", "picture"]
    return {
        "get": ["/admin/products/", "/admin/stock/", *both],
        "post": [
            *both,
            *(f"{own}/{act}" for act in [*acts, "picture/removed"]),
            f"{edition}/retired",
            f"{edition}/up",
        ],
    }


@pytest.mark.parametrize(("role", "answer"), [(None, 303), ("buyer", 404), ("moderator", 403)])
def test_only_those_who_may_write_guides_come_in(client, role, answer):
    product = make_product(published=False)
    if role:
        sign_in(client, make_account(role))
    for method, found in addresses(product).items():
        for address in found:
            given = {"data": TEXT | TERMS} if method == "post" else {}
            status = getattr(client, method)(address, **given).status_code
            assert status in {answer, 302, 403, 404}, address
            assert status != 200, address
    assert [each.state for each in products()] == [ProductState.DRAFT]
    assert len(db.session.scalars(select(Variant)).all()) == 1


@pytest.mark.parametrize("role", ["editor", "owner"])
def test_editors_and_owners_see_every_page(client, role):
    product = make_product({"left": 2}, {"title": "Linen"})
    sign_in(client, make_account(role))
    for address in addresses(product)["get"]:
        assert client.get(address).status_code == 200, address


def test_csrf(editor):
    product = make_product(published=False)
    for address in addresses(product)["post"]:
        answer = editor.post(address, data=TEXT, headers={"Sec-Fetch-Site": "cross-site"})
        assert answer.status_code == 403, address
    assert only_product().state == ProductState.DRAFT


def test_a_guide_is_written_given_an_edition_and_put_on_the_shelf(editor, client):
    answer = editor.post("/admin/products/new", data=TEXT)
    own = answer.location
    assert answer.status_code == 303
    product = only_product()
    assert (product.slug, product.tags, product.state) == (
        "the-money-hour",
        ["money", "talk"],
        "draft",
    )
    editor.post(f"{own}/published")
    assert "Add a variant with a price first." in editor.get(own).text
    assert editor.post(f"{own}/variants/new", data=TERMS).status_code == 303
    assert editor.post(f"{own}/published").status_code == 303
    assert "€14.50" in client.get("/shop/the-money-hour").text


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("title", ["", "   ", *HOSTILE]),
        ("slug", ["x" * 81, "a\x00b", "🌿", "///"]),
        ("subtitle", HOSTILE[:3]),
        ("summary", ["x" * 501]),
        ("description", ["x" * 50_001]),
        ("tags", ["x" * 401]),
        ("vendor", HOSTILE[:3]),
        ("cover_pattern", ["", "none", "🌿", "../waves"]),
        ("ground", ["", "red", "#12", '"/><script>', "#gggggg", "#8c2f2b;x"]),
        ("figure", ["url(#x)"]),
    ],
)
def test_what_a_guide_can_not_be_is_said_beside_its_field_and_the_rest_is_kept(
    editor, field, values
):
    for value in values:
        answer = editor.post("/admin/products/new", data={**TEXT, field: value})
        if field == "title" and value in ("‮evil", "🌿" * 200):
            continue
        assert answer.status_code == 422, value
        assert said_beside(answer, field), value
        kept = "subtitle" if field != "subtitle" else "title"
        assert TEXT[kept] in answer.text
    assert all(product.title for product in products())


def test_an_address_that_is_taken_is_said_beside_it(editor):
    make_product(slug="taken")
    own = make_product(slug="own")
    for address in ("/admin/products/new", f"/admin/products/{own.id}"):
        answer = editor.post(address, data={**TEXT, "slug": "taken"})
        assert (answer.status_code, said_beside(answer, "slug")) == (
            422,
            "Another product already has this web address.",
        )
    db.session.refresh(own)
    assert own.slug == "own"


def test_mass_assignment(editor):
    product = make_product(published=False)
    own = f"/admin/products/{product.id}"
    editor.post(
        own, data={**TEXT, "state": "published", "currency": "JPY", "id": 99, "image_key": "x"}
    )
    db.session.refresh(product)
    assert (product.state, product.currency, product.image_key) == ("draft", "EUR", None)
    variant = product.variants[0]
    editor.post(
        f"{own}/variants/{variant.id}",
        data={
            **TERMS,
            "stock_on_hand": 99,
            "stock_reserved": 9,
            "is_retired": "y",
            "product_id": 7,
        },
    )
    db.session.refresh(variant)
    assert (variant.stock_on_hand, variant.stock_reserved, variant.is_retired) == (None, 0, False)


def price_of(editor, product, price, before=""):
    answer = editor.post(
        f"/admin/products/{product.id}/variants/new",
        data={**TERMS, "price": price, "compare_at": before},
    )
    db.session.refresh(product)
    return answer, [(each.price_minor, each.compare_at_minor) for each in product.variants[1:]]


@pytest.mark.parametrize(
    ("currency", "price", "minor"),
    [
        ("EUR", "14", 1400),
        ("EUR", "14,5", 1450),
        ("EUR", "0", 0),
        ("EUR", "99999999.99", 9_999_999_999),
        ("JPY", "1400", 1400),
        ("KWD", "1.40", 1400),
    ],
)
def test_a_price_is_read_in_the_digits_of_its_currency(editor, currency, price, minor):
    product = make_product(currency=currency, published=False)
    answer, prices = price_of(editor, product, price, before=price)
    assert (answer.status_code, prices) == (303, [(minor, minor)])
    edition = editor.get(f"/admin/products/{product.id}/variants/{product.variants[1].id}").text
    again = re.search(r'name="price"[^>]*value="([^"]*)"', edition)[1]
    assert price_of(editor, product, again)[1][-1][0] == minor


def test_a_price_that_is_none_is_said_beside_its_field(editor):
    euros, yen = make_product(published=False), make_product(currency="JPY", published=False)
    bad = [
        "",
        "-1",
        "1.405",
        "1e9",
        "NaN",
        "Infinity",
        "१",
        "1,000.00",
        "9" * 20,
        "🌿",
        "1\x00",
        "€5",
    ]
    for price in bad:
        answer, prices = price_of(editor, euros, price)
        assert (answer.status_code, prices) == (422, []), price
        assert said_beside(answer, "price"), price
        if price:
            answer, prices = price_of(editor, euros, "14.00", before=price)
            assert (answer.status_code, prices) == (422, []), price
            assert said_beside(answer, "compare_at"), price
    answer, prices = price_of(editor, yen, "14.5")
    assert (answer.status_code, prices, said_beside(answer, "price") != "") == (422, [], True)


@pytest.mark.parametrize("field", ["low_stock_at", "weight_grams"])
def test_a_number_that_is_none_is_said_beside_its_field(editor, field):
    product = make_product(published=False)
    for value in ["", "-1", "1.5", "1e9", "x", str(2**31), str(2**64), "9" * 4000]:
        answer = editor.post(
            f"/admin/products/{product.id}/variants/new", data={**TERMS, field: value}
        )
        assert (answer.status_code, said_beside(answer, field) != "") == (422, True), value
    db.session.refresh(product)
    assert len(product.variants) == 1


def test_editions_change_their_order(editor, client):
    product = make_product(*({"title": name} for name in ("One", "Two", "Three")))
    third = product.variants[2]
    for _ in range(3):
        editor.post(f"/admin/products/{product.id}/variants/{third.id}/up")
    db.session.refresh(product)
    assert [variant.title for variant in product.variants] == ["Three", "One", "Two"]
    page = client.get(f"/shop/{product.slug}").text
    assert page.index("Three") < page.index("One") < page.index("Two")


def test_the_last_edition_of_a_guide_on_the_shelf_stays(editor):
    product = make_product({"title": "One"}, {"title": "Two"})
    own = f"/admin/products/{product.id}"
    for variant in product.variants:
        assert editor.post(f"{own}/variants/{variant.id}/retired").status_code == 303
    assert "This is the last variant" in editor.get(own).text
    assert [variant.is_retired for variant in only_product().variants] == [True, False]
    editor.post(f"{own}/variants/{product.variants[0].id}/retired")
    assert [variant.is_retired for variant in only_product().variants] == [False, False]


@pytest.mark.parametrize("number", ["0", "99", str(2**31), str(2**63), "9" * 40, "-1", "x"])
def test_a_guide_that_is_none_is_not_found(editor, number):
    for address in (f"/admin/products/{number}", f"/admin/stock/{number}"):
        assert editor.get(address).status_code == 404
    assert editor.post(f"/admin/products/{number}/removed").status_code == 404
    assert editor.get(f"/admin/products/?after={number}").status_code == 404
    assert editor.get(f"/admin/stock/?after={number}").status_code == 404


def test_an_edition_is_changed_only_through_its_own_guide(editor):
    mine, other = make_product(), make_product({"title": "Kept"}, {"title": "Too"})
    theirs = other.variants[0].id
    own = f"/admin/products/{mine.id}/variants/{theirs}"
    assert editor.get(own).status_code == 404
    assert editor.post(own, data=TERMS).status_code == 404
    assert editor.post(f"{own}/retired").status_code == 404
    assert editor.post(f"{own}/up").status_code == 404


def test_what_was_removed_may_be_brought_back_as_a_draft(editor, client):
    product = make_product(slug="removed")
    answer = editor.post(f"/admin/products/{product.id}/removed")
    assert f"/admin/products/{product.id}/restored" in editor.get(answer.location).text
    assert client.get("/shop/removed").status_code == 410
    editor.post(f"/admin/products/{product.id}/restored")
    assert only_product().state == ProductState.DRAFT
    assert client.get("/shop/removed").status_code == 404


def test_a_cover_may_be_tried_without_saving_anything(editor):
    product = make_product(title="Kept")
    for address in ("/admin/products/new", f"/admin/products/{product.id}"):
        answer = editor.post(address, data={**TEXT, "title": "<b>Tried", "preview": "1"})
        assert answer.status_code == 200
        assert "<title>&lt;b&gt;Tried</title>" in answer.text
        assert "<b>Tried" not in answer.text
    assert [product.title for product in products()] == ["Kept"]


@pytest.mark.parametrize("address", ["/admin/products/new", "/admin/products/{}"])
def test_a_tone_can_not_break_out_of_the_cover_that_is_tried(editor, address):
    own = address.format(make_product().id)
    tone = '#8c2f2b"/><script>alert(1)</script>'
    answer = editor.post(own, data={**TEXT, "figure": tone, "preview": "1"})
    assert answer.status_code == 422
    assert "<script>alert" not in answer.text


def test_the_list_finds_by_title_and_state(editor):
    make_product(title="Blue 100%_ book")
    make_product(title="Red book", published=False)
    assert "Red book" not in editor.get("/admin/products/?state=published").text
    found = editor.get("/admin/products/", query_string={"q": "100%_"}).text
    assert ("Blue 100%_ book" in found, "Red book" in found) == (True, False)
    for search in ("%", "_", "' OR 1=1", "\\", "🌿", "x" * 500):
        assert editor.get("/admin/products/", query_string={"q": search}).status_code == 200
    assert editor.get("/admin/products/?state=nonsense").status_code == 200


def attach(client, product, **form):
    return client.post(
        f"/admin/products/{product.id}/files", data=form, content_type="multipart/form-data"
    )


def test_a_file_of_more_than_a_form_may_weigh_comes_in_whole(editor):
    product = make_product()
    content = (
        b"%PDF-1.7" + bytes(range(256)) * 12_000
    )  # 3 MB, three times what other forms may send
    head = 'Content-Disposition: form-data; name="{}"\r\n\r\n'.format
    file_head = head('file"; filename="guide.pdf').encode()
    answer = editor.post(
        f"/admin/products/{product.id}/files",
        data=b"--x\r\n%s2.1\r\n--x\r\n%s%s\r\n--x--\r\n"
        % (head("version").encode(), file_head, content),
        content_type="multipart/form-data; boundary=x",
    )
    assert answer.status_code == 303
    [file] = db.session.scalars(select(ProductFile)).all()
    assert (file.name, file.size, file.version) == ("guide.pdf", len(content), "2.1")
    assert storage.content_of(file.storage_key) == content


@pytest.mark.parametrize("what", ["files", "picture"])
def test_an_upload_beyond_the_cap_is_refused_before_it_is_read(editor, what):
    product = make_product()
    answer = editor.post(
        f"/admin/products/{product.id}/{what}",
        content_type="multipart/form-data; boundary=x",
        environ_overrides={"CONTENT_LENGTH": str(pages.MAX_FILE * 2)},
    )
    assert answer.status_code == 413
    assert said_beside(answer, what.removesuffix("s")).startswith("This file is too large. Choose")


BUTTONS = ["published", "hidden", "removed", "picture/removed"]


@pytest.mark.parametrize("button", BUTTONS)
def test_every_button_of_the_page_saves_what_was_typed(editor, button):
    product = make_product()
    page = editor.get(f"/admin/products/{product.id}").text
    sent = editor.post(f"/admin/products/{product.id}/{button}", data={**TEXT, "summary": "Typed"})
    assert sent.status_code == 303
    assert only_product().summary == "Typed"
    named = set(
        re.findall(r'<button[^>]*form="product"[^>]*formaction="/admin/products/\d+/([^"]*)"', page)
    )
    assert named & set(BUTTONS) == {"hidden", "removed"}
    assert page.index(">Save<") < page.index(">Unpublish<")  # what Enter in a field presses


def test_a_button_that_is_refused_keeps_the_words(editor):
    product = make_product(published=False)
    with unit_of_work():
        for variant in product.variants:
            services.retire_variant(variant)
    form = {**TEXT, "summary": "Much work"}
    answer = editor.post(f"/admin/products/{product.id}/published", data=form)
    assert answer.status_code == 422
    assert "Add a variant with a price first." in answer.text
    assert "Much work" in answer.text


def test_deleted_products_are_listed_and_restored(editor):
    product = make_product(title="Gone and back")
    editor.post(f"/admin/products/{product.id}/removed")
    assert "Gone and back" not in editor.get("/admin/products/").text.split("<main")[1]
    assert "Gone and back" in editor.get("/admin/products/?state=removed").text
    editor.post(f"/admin/products/{product.id}/restored")
    assert only_product().state == ProductState.DRAFT


def test_a_name_or_a_sku_that_another_variant_has_is_refused_beside_its_field(editor):
    product = make_product()
    path = f"/admin/products/{product.id}/variants/new"
    assert editor.post(path, data=TERMS).status_code == 303
    answer = editor.post(path, data={**TERMS, "title": "pdf", "sku": "MH-2"})
    assert (answer.status_code, said_beside(answer, "title")) == (
        422,
        "Another variant of this product has this name.",
    )
    answer = editor.post(path, data={**TERMS, "title": "Print"})
    assert (answer.status_code, "already has this SKU" in said_beside(answer, "sku")) == (422, True)
    [first] = [each for each in only_product().variants if each.sku == "MH-1"]
    changed = editor.post(f"/admin/products/{product.id}/variants/{first.id}", data=TERMS)
    assert changed.status_code == 303  # its own name and SKU are no one else's


def test_multipart_bomb(editor, app, monkeypatch):
    monkeypatch.setitem(app.config, "MAX_FORM_MEMORY_SIZE", 50_000)
    product = make_product()
    parts = {f"field{number}": "x" for number in range(300)}
    assert attach(editor, product, **parts, file=upload(b"%PDF-1.7")).status_code == 413
    assert (
        attach(editor, product, version="x" * 60_000, file=upload(b"%PDF-1.7")).status_code == 413
    )


@controls.on_sqlite
def test_control_multipart_bomb(editor, app, monkeypatch):
    monkeypatch.setitem(app.config, "MAX_FORM_PARTS", None)
    with controls.failing_without():
        test_multipart_bomb(editor, app, monkeypatch)


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"version": "1.0"}, "file"),
        ({"version": "1.0", "file": ""}, "file"),
        ({"version": "1.0", "file": "text, not a file"}, "file"),
        ({"version": "", "file": b"%PDF-1.7"}, "version"),
        ({"version": "x" * 21, "file": b"%PDF-1.7"}, "version"),
        ({"version": "1.0", "file": b""}, "file"),
        ({"version": "1.0", "file": b"<!doctype html><script>alert(1)</script>"}, "file"),
    ],
)
def test_a_file_that_is_none_is_said_beside_its_field(editor, form, field):
    product = make_product()
    sent = {
        name: upload(value) if isinstance(value, bytes) else value for name, value in form.items()
    }
    answer = attach(editor, product, **sent)
    assert (answer.status_code, said_beside(answer, field) != "") == (422, True)
    assert db.session.scalars(select(ProductFile)).all() == []


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\folder\\guide.pdf", "guide.pdf"),
        ("a" * 300 + ".pdf", "a" * 156 + ".pdf"),
        ("רות 🌿.pdf", "רות 🌿.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "a Set-Cookie: x.pdf"),
        ("..", "the-slug"),
        ("/", "the-slug"),
        ("", "the-slug"),
    ],
)
def test_a_files_name_is_a_name_and_no_path(app, name, kept):
    product = make_product(slug="the-slug")
    with unit_of_work():
        file = uploads.attach(product, uploads.take_in(b"x", name="x.txt"), name=name)
    assert (file.name, file.media_type) == (kept, "text/plain")


def test_a_file_that_is_taken_away_is_gone_from_the_list(editor):
    product, other = make_product(), make_product()
    attach(editor, product, file=upload(b"%PDF-1.7"), version="1")
    [file] = db.session.scalars(select(ProductFile)).all()
    assert editor.post(f"/admin/products/{other.id}/files/{file.id}/removed").status_code == 404
    editor.post(f"/admin/products/{product.id}/files/{file.id}/removed")
    assert db.session.scalars(select(ProductFile)).all() == []


def show_picture(client, product, content):
    return client.post(
        f"/admin/products/{product.id}/picture",
        data={"picture": upload(content, "cover.png", "image/png")} if content is not None else {},
        content_type="multipart/form-data",
    )


def test_a_picture_takes_the_place_of_the_cover_and_goes_again(editor, client):
    product = make_product(slug="pictured")
    client.get("/shop/pictured")
    assert show_picture(editor, product, picture_bytes()).status_code == 303
    address = re.search(r'src="(/media/[^"]+)"', client.get("/shop/pictured").text)[1]
    with client.get(address) as shown:
        assert shown.content_type == "image/webp"
    editor.post(f"/admin/products/{product.id}/picture/removed")
    assert "/media/" not in client.get("/shop/pictured").text


@pytest.mark.parametrize("content", [None, b"", b"not a picture", b"<svg xmlns='x'/>"])
def test_a_picture_that_is_none_is_said_beside_its_field(editor, content):
    product = make_product()
    answer = show_picture(editor, product, content)
    assert (answer.status_code, said_beside(answer, "picture") != "") == (422, True)
    db.session.refresh(product)
    assert product.image_key is None


def move(client, variant, change, quantity, reason="counted"):
    return client.post(
        f"/admin/stock/{variant.id}",
        data={"change": change, "quantity": quantity, "reason": reason},
    )


def test_stock_is_received_lost_counted_and_no_longer_counted(editor):
    variant = make_variant(left=None)
    for change, quantity, on_hand in [
        ("received", "5", 5),
        ("written_off", "2", 3),
        ("returned", "1", 4),
        ("counted", "0", 0),
        ("untracked", "", None),
    ]:
        assert move(editor, variant, change, quantity).status_code == 303
        db.session.refresh(variant)
        assert variant.stock_on_hand == on_hand
        assert ledger.balance(variant.id).agrees_with(variant)
    lines = db.session.scalars(select(StockMovement)).all()
    assert len({line.account_id for line in lines}) == 1
    assert lines[0].account_id is not None
    assert "lost or damaged" in editor.get(f"/admin/stock/{variant.id}").text


@pytest.mark.parametrize(
    ("change", "quantity"),
    [("received", value) for value in ("", "0", "-1", "1.5", "x", "1e9", "1000001", "9" * 40, "१x")]
    + [("counted", ""), ("written_off", "6"), ("written_off", "0")],
)
def test_a_movement_that_can_not_be_is_said_beside_its_field(editor, change, quantity):
    variant = make_variant(left=5)
    answer = move(editor, variant, change, quantity)
    assert (answer.status_code, said_beside(answer, "quantity") != "") == (422, True)
    db.session.refresh(variant)
    assert variant.stock_on_hand == 5


def test_a_movement_of_no_known_kind_is_refused(editor):
    variant = make_variant(left=5)
    assert move(editor, variant, "sold", "1").status_code == 422
    assert move(editor, variant, "received", "1", reason="x" * 201).status_code == 422
    db.session.refresh(variant)
    assert variant.stock_on_hand == 5


def test_what_runs_out_is_listed_and_counted(editor):
    make_product({"left": 1}, title="Nearly gone")
    make_product({"left": 50}, title="Plenty")
    page = editor.get("/admin/stock/?low=1").text
    assert ("Nearly gone" in page, "Plenty" in page) == (True, False)
    assert '<th scope="col"></th>' not in page


def test_a_new_guide_is_priced_in_the_sites_currency(editor):
    with unit_of_work():
        settings.change(SiteSettings, {"currency": "JPY"})
    editor.post("/admin/products/new", data=TEXT)
    assert only_product().currency == "JPY"


def test_two_editors_who_retire_the_last_two_editions_at_once_leave_one(app):
    from tests.factories.orders import at_once, this_app

    product = make_product({"title": "One"}, {"title": "Two"})
    ids = [variant.id for variant in product.variants]

    def retire(number):
        with unit_of_work():
            services.retire_variant(db.session.get_one(Variant, ids[number]))

    at_once(this_app(), 2, retire)
    assert sorted(variant.is_retired for variant in only_product().variants) == [False, True]
