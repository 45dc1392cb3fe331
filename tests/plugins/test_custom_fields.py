"""Fields of plugins: they stand in our forms, on pages, in search and exports, and buyers are asked at the checkout."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from zipfile import ZipFile

import pytest
from sqlalchemy import select, update

from shop.blueprints.orders import erasing
from shop.blueprints.orders.back_office import listing
from shop.blueprints.orders.exports import files
from shop.core import search
from shop.core.errors import Refused
from shop.core.mail.models import Mail
from shop.core.unit_of_work import board, unit_of_work
from shop.extensions import db
from shop.plugins import registry
from shop.plugins.api import (
    ArticleView,
    CustomFields,
    OrderView,
    ProductView,
    custom_field,
    field_values,
    set_field_values,
)
from shop.plugins.fields.custom_fields import CustomFieldRow, bring_in_fields, plain_fields
from shop.plugins.guard.health import health_book
from shop.plugins.installed import purging
from shop.plugins.starting import inspection
from tests.checkout.buying import check_out, orders, put_in
from tests.factories.accounts import make_account, sign_in
from tests.factories.articles import make_article
from tests.factories.catalog import make_product
from tests.factories.orders import Till, make_order, make_variant

BINDINGS = (("hard", "Hardcover"), ("soft", "Paperback"))


@dataclass(frozen=True)
class BookFacts:
    pages: int | None = custom_field(None, "Pages", minimum=1, maximum=9000, is_public=True)
    binding: str = custom_field("", "Binding", choices=BINDINGS, is_public=True, is_searchable=True)
    printed: date | None = custom_field(None, "Printed on", is_public=True)
    cost: int | None = custom_field(None, "Cost", is_money=True)
    is_signed: bool = custom_field(False, "Signed", is_public=True)


@dataclass(frozen=True)
class Source:
    place: str = custom_field("", "Place", is_required=True, is_public=True, is_searchable=True)


@dataclass(frozen=True)
class Wishes:
    engraving: str = custom_field("", "Engraving", maximum=20, is_required=True, is_searchable=True)
    on: date | None = custom_field(None, "Deliver on")


BOOK = CustomFields("book", ProductView, BookFacts, "About the book")
SOURCE = CustomFields("source", ArticleView, Source, "Where it is from")
WISHES = CustomFields("wishes", OrderView, Wishes, "Your wishes", is_asked_at_checkout=True)
FACTS = {
    "custom-book": "1",
    "custom-book-pages": "320",
    "custom-book-binding": "hard",
    "custom-book-printed": "2025-03-01",
    "custom-book-cost": "4.50",
}


@pytest.fixture
def declare(app, monkeypatch):
    """Let plugins declare these groups of fields, and no others."""

    monkeypatch.setattr(registry(), "payment_providers", [Till()])

    def declare(*groups):
        monkeypatch.setattr(registry(), "custom_fields", list(groups))
        board().purge_everything()

    yield declare
    health_book().forget("")


def product_form(product):
    return {
        "title": product.title,
        "slug": product.slug,
        "cover_pattern": product.cover_pattern,
        "ground": "#8c2f2b",
        "figure": "#f2e6d8",
    }


def test_a_product_has_fields_in_its_form_on_its_page_and_in_the_search(client, declare, run_jobs):
    declare(BOOK)
    product = make_product(title="The Little Guide")
    editor = sign_in(client, make_account("editor"))
    page = f"/admin/products/{product.id}"
    wrong = editor.post(page, data={**product_form(product), **FACTS, "custom-book-pages": "0"})
    assert wrong.status_code == 422
    assert "Enter a number from 1 to 9000." in wrong.text
    assert 'value="2025-03-01"' in wrong.text, "what was typed is kept"
    assert editor.post(page, data={**product_form(product), **FACTS}).status_code == 303
    assert field_values(BookFacts, product.id) == BookFacts(320, "hard", date(2025, 3, 1), 450)
    form = editor.get(page).text
    assert 'value="4.50"' in form
    assert 'rows="None"' not in form
    shown = client.get(f"/shop/{product.slug}").text
    assert "Hardcover" in shown
    assert "March 1, 2025" in shown
    assert "4.50" not in shown, "it is not public"
    run_jobs()
    assert [each.key for each in search.find("hardcover", ["guides"], limit=5)] == [str(product.id)]
    assert editor.post(page, data=product_form(product)).status_code == 303
    assert field_values(BookFacts, product.id).pages == 320, (
        "a page without the fields empties none"
    )


def test_fields_are_kept_while_nobody_declares_them(client, declare):
    declare(BOOK)
    product = make_product()
    with unit_of_work():
        set_field_values(BookFacts, product.id, pages=12)
    declare()
    assert "About the book" not in client.get(f"/shop/{product.slug}").text
    declare(BOOK)
    assert "<dd" in client.get(f"/shop/{product.slug}").text
    assert field_values(BookFacts, product.id).pages == 12


def test_fields_of_a_purged_plugin_are_written_down_and_gone(declare, tmp_path):
    declare(BOOK)
    with unit_of_work():
        set_field_values(BookFacts, 7, pages=12)
        db.session.execute(update(CustomFieldRow).values(plugin="library"))
    assert purging.purge_plugin("library", tmp_path / "library.zip").fields == 1
    with ZipFile(tmp_path / "library.zip") as archive:
        written = json.loads(archive.read("fields.jsonl"))
    assert written == {"kind": "product", "id": 7, "name": "book", "values": {"pages": 12}}
    assert purging.belongings("library").is_nothing


def test_fields_go_out_with_an_export_of_the_site_and_come_in(declare):
    declare(BOOK)
    with unit_of_work():
        set_field_values(BookFacts, 7, pages=12, printed=date(2025, 3, 1))
        plain = json.loads(json.dumps(plain_fields(ProductView, 7)))
        bring_in_fields(ProductView, 8, plain)
        bring_in_fields(ProductView, 9, [{"name": "book", "values": "none"}, 17])
    assert field_values(BookFacts, 8) == BookFacts(pages=12, printed=date(2025, 3, 1))
    assert field_values(BookFacts, 9) == BookFacts()


def test_a_value_that_does_not_fit_is_refused(declare):
    declare(BOOK)
    for values in ({"pages": "12"}, {"binding": "loose"}, {"pages": 9001}, {"is_signed": None}):
        with pytest.raises(Refused), unit_of_work():
            set_field_values(BookFacts, 1, **values)
    with pytest.raises(KeyError):
        field_values(Source, 1)


def test_an_article_has_fields_too_and_lacks_none_that_it_needs(client, declare):
    declare(SOURCE)
    article = make_article(title="On margins")
    editor = sign_in(client, make_account("editor"))
    page = f"/admin/articles/{article.id}"
    sent = {"title": "On margins", "body": "Text.", "state": "published", "custom-source": "1"}
    sent["version"] = str(article.version)
    refused = editor.post(page, data=sent)
    assert refused.status_code == 422
    assert "Enter a value for “Place”." in refused.text
    assert editor.post(page, data=sent | {"custom-source-place": "Lisbon"}).status_code == 303
    assert "Lisbon" in client.get(f"/articles/{article.slug}").text
    assert 'value="Lisbon"' in editor.get(page).text


def test_a_buyer_is_asked_and_the_answers_belong_to_the_order(client, declare, outbox, run_jobs):
    declare(WISHES)
    put_in(client, make_variant(price=0))
    assert "Your wishes" in client.get("/checkout").text
    sent = {"custom-wishes": "1", "custom-wishes-on": "2027-01-02"}
    refused = check_out(client, **sent)
    assert refused.status_code == 422
    assert "Enter a value for “Engraving”." in refused.text
    assert 'value="2027-01-02"' in refused.text
    answer = check_out(client, **sent, **{"custom-wishes-engraving": "For Ada"})
    assert answer.status_code == 303
    order_id = orders()[-1].id
    assert field_values(Wishes, order_id) == Wishes("For Ada", date(2027, 1, 2))
    assert "For Ada" in client.get(answer.location).text
    run_jobs()
    mails = db.session.scalars(select(Mail).where(Mail.kind == "order-confirmation"))
    assert ["Engraving: For Ada" in mail.text for mail in mails] == [True]
    assert [each.id for each in listing.orders(search="for ada").items] == [order_id]
    row = json.loads("".join(files.as_json(files.Wanted())))[0]
    assert row["fields"]["Your wishes"]["Engraving"] == "For Ada"
    with unit_of_work():
        erasing.erase("ruth@example.org")
    assert not db.session.query(CustomFieldRow).count()


def test_the_answers_are_there_again_on_the_way_back(client, declare):
    declare(WISHES)
    put_in(client, make_variant())
    sent = {"custom-wishes": "1", "custom-wishes-engraving": "For Ada"}
    check_out(client, **sent)
    assert 'value="For Ada"' in client.get("/checkout").text
    check_out(client, **sent | {"custom-wishes-engraving": "For Noor"})
    waiting = [each for each in orders() if each.is_awaiting_payment]
    assert [field_values(Wishes, each.id).engraving for each in waiting] == ["For Noor"]


def test_a_buyer_is_asked_only_what_is_wanted_and_asked_when_nobody_can_say(client, declare):
    put_in(client, make_variant())
    for wanted, is_asked in (
        (lambda _: False, False),
        (lambda _: 1 / 0, True),
        (lambda _: 7, True),
    ):
        group = CustomFields("w", OrderView, Wishes, "Your wishes", True, wanted)
        declare(group)
        assert ("Your wishes" in client.get("/checkout").text) is is_asked


def test_staff_change_the_fields_of_an_order(client, declare):
    declare(WISHES)
    order = make_order()
    owner = sign_in(client, make_account("owner"))
    page = f"/admin/orders/{order.id}"
    sent = {"custom-wishes": "1", "custom-wishes-engraving": "x" * 21}
    assert "at most 20" in owner.post(f"{page}/fields", data=sent).text
    sent["custom-wishes-engraving"] = "For Ada"
    assert owner.post(f"{page}/fields", data=sent).status_code == 303
    assert 'value="For Ada"' in owner.get(page).text


@pytest.mark.parametrize(
    ("group", "says"),
    [
        (CustomFields("a", int, BookFacts, "A"), "can have no fields"),
        (CustomFields("a", ProductView, int, "A"), "no dataclass"),
        (CustomFields("a", ProductView, BookFacts, "A", True), "not on OrderView"),
        (CustomFields("a", ProductView, CustomFields, "A"), "needs custom_field"),
        (CustomFields("a", OrderView, BookFacts, "A"), ""),
    ],
    ids=["thing", "fields", "asked", "plain", "right"],
)
def test_what_can_t_be_a_field_stops_the_start(group, says):
    wrong = inspection.wrong_with_item("custom_fields", group)
    assert says in wrong if says else not wrong
