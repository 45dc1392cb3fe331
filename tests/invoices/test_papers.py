"""A payment has one invoice and a refund one credit note, numbered without a gap, at addresses nobody guesses."""

from __future__ import annotations

from io import BytesIO

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from shop.blueprints.invoices import papers, printing, services
from shop.blueprints.invoices.models import Invoice
from shop.blueprints.invoices.settings import InvoiceSettings
from shop.blueprints.invoices.wording import worded
from shop.blueprints.orders.models import Order
from shop.core import settings
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from tests.factories.accounts import make_account, sign_in
from tests.factories.orders import (
    at_once,
    make_free_order,
    make_order,
    make_payment,
    make_variant,
    paid,
)
from tests.factories.refunds import give_back
from tests.payments.test_settling import seen, settled

VAT = [
    {"label": "VAT", "rate": 7000, "base_minor": 1308, "tax_minor": 92},
    {"label": "VAT", "rate": 19000, "base_minor": 1681, "tax_minor": 319},
]


def bought(*lines, **values):
    order = make_order(*(lines or ((make_variant(), 1),)), **values)
    payment = make_payment(order, f"ref-{order.id}")
    settled(payment.id, paid(payment))
    return seen(order)


def taxed(**values):
    """14.00 at 7 % and 20.00 at 19 %, tax included."""
    order = make_order((make_variant(price=1400), 1), (make_variant(price=2000), 1), **values)
    with unit_of_work():
        order = db.session.get_one(Order, order.id)
        order.tax_breakdown, order.tax_minor, order.tax_number = VAT, 411, "IE1234567T"
        for line, row in zip(order.lines, VAT, strict=True):
            line.tax_rate, line.tax_minor = row["rate"], row["tax_minor"]
    payment = make_payment(order, f"ref-{order.id}")
    settled(payment.id, paid(payment))
    return seen(order)


def paid_orders(count):
    """Ids of as many paid orders, written without ceremony."""
    with unit_of_work() as session:
        orders = [
            Order(
                number=f"N{number}",
                email="ruth@example.org",
                name="Ruth",
                state="paid",
                currency="EUR",
                subtotal_minor=1400,
                shipping_minor=0,
                tax_minor=0,
                total_minor=1400,
            )
            for number in range(count)
        ]
        session.add_all(orders)
        session.flush()
        return [order.id for order in orders]


def issued(order):
    return services.papers_as_data(seen(order))


def words_of(content):
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages)


def configure(**values):
    with unit_of_work():
        settings.change(InvoiceSettings, values)


def test_an_invoice_is_given_at_payment_and_stands_on_the_order_and_in_the_mail(
    client, run_jobs, outbox
):
    order = bought()
    run_jobs()
    [invoice] = db.session.scalars(select(Invoice)).all()
    year = invoice.issued_at.year
    assert (invoice.number, invoice.total_minor) == (f"{year}-00001", order.total_minor)
    page = client.get(f"/orders/{order.token}").text
    assert f'href="/papers/{invoice.token}"' in page
    text = outbox.messages[0].get_body(("plain",)).get_content()
    assert f"http://localhost/papers/{invoice.token}" in text


def test_what_is_unpaid_or_free_has_no_invoice(client, run_jobs, outbox):
    waiting, free = make_order(), make_free_order()
    run_jobs()
    assert services.papers_as_data(waiting) == services.papers_as_data(seen(free)) == []
    assert "/papers/" not in client.get(f"/orders/{free.token}").text


def test_fifty_payments_at_once_are_numbered_without_a_gap(app):
    ids = paid_orders(50)

    def issue(number):
        with unit_of_work():
            return services.issue(db.session.get_one(Order, ids[number])).sequence

    assert sorted(at_once(app, 50, issue)) == list(range(1, 51))


def test_one_payment_that_twelve_ask_about_has_one_invoice(app):
    order_id = bought().id

    def issue(_number):
        with unit_of_work():
            return services.issue(db.session.get_one(Order, order_id)).number

    assert len(set(at_once(app, 12, issue))) == 1
    assert [each.sequence for each in db.session.scalars(select(Invoice))] == [1]


def test_a_number_that_came_to_nothing_is_given_to_the_next(app):
    order, other = bought(), bought()
    with pytest.raises(ZeroDivisionError), unit_of_work():
        services.issue(db.session.get_one(Order, order.id))
        raise ZeroDivisionError
    assert issued(other)[0].sequence == 1


def test_numbers_begin_anew_each_year_and_are_told_apart(app, monkeypatch):
    configure(invoice_prefix="B-{year}/", digits=3)
    first = issued(bought())[0]
    assert first.number == f"B-{first.issued_at.year}/001"
    monkeypatch.setattr(services.clock, "now", lambda: first.issued_at.replace(year=2031))
    assert issued(bought())[0].number == "B-2031/001"


def test_an_issued_paper_does_not_change_with_the_settings(client):
    configure(seller_name="Bookstall Ltd", seller_tax_number="IE 9999999X")
    invoice = issued(bought())[0]
    configure(seller_name="Somebody else")
    page = client.get(f"/papers/{invoice.token}").text
    assert ("Bookstall Ltd" in page, "Somebody else" in page) == (True, False)
    assert "IE 9999999X" in page


def test_an_invoice_says_who_what_and_how_much_tax(client):
    configure(seller_address="1 Stall Street\nCork", seller_tax_number="IE 9999999X")
    order = taxed(name="Жанна Щукина")
    invoice = issued(order)[0]
    page = client.get(f"/papers/{invoice.token}").text
    printed = words_of(client.get(f"/papers/{invoice.token}.pdf").data).replace("\xa0", " ")
    for text in (
        "Invoice",
        invoice.number,
        order.number,
        "Жанна Щукина",
        "IE1234567T",
        "1 Stall Street",
        "IE 9999999X",
        order.lines[0].title,
        "€34.00",
        "VAT 7% on €13.08",
        "VAT 19% on €16.81",
        "€3.19",
    ):
        assert text in page.replace("\xa0", " "), text
        assert text in printed, text


def test_a_receipt_says_when_and_how_it_was_paid(client):
    invoice = issued(bought())[0]
    page = client.get(f"/papers/{invoice.token}/receipt").text
    assert ("Receipt" in page, "Paid by" in page, "Till" in page) == (True, True, True)
    answer = client.get(f"/papers/{invoice.token}/receipt.pdf")
    assert answer.mimetype == "application/pdf"
    assert "Receipt" in words_of(answer.data)


def test_parts_that_go_back_give_back_exactly_the_tax_that_was_charged(run_jobs, outbox):
    order = taxed()
    first, second = order.lines
    give_back(order, 333)
    give_back(order, 1400, {first.id: 1})
    give_back(order, 1001)
    give_back(order, 666)
    run_jobs()
    invoice, *notes = issued(order)
    assert [note.number[:1] for note in notes] == ["C"] * 4
    assert {note.corrects_id for note in notes} == {invoice.id}
    assert sum(note.total_minor for note in notes) == 3400
    rows = [row for note in notes for row in papers.from_json(note.paper).taxes]
    assert sum(row.gross_minor for row in rows) == 3400
    assert all(row.tax_minor >= 0 and row.base_minor >= 0 for row in rows)
    for charged in VAT:
        back = [row for row in rows if row.rate == charged["rate"]]
        assert sum(row.tax_minor for row in back) == charged["tax_minor"]
    assert second.title in issued(order)[0].paper["lines"][1]["title"]


def test_two_names_for_one_rate_are_credited_for_no_more_than_went_back(run_jobs, outbox):
    """A business abroad that bought a download and a book: no tax on either, for two reasons."""
    order = taxed()
    names = ("Reverse charge", "intra-Community supply")
    with unit_of_work():
        stored = db.session.get_one(Order, order.id)
        stored.tax_minor, stored.tax_breakdown = (
            0,
            [
                {"label": name, "rate": 0, "base_minor": line.total_minor, "tax_minor": 0}
                for name, line in zip(names, stored.lines, strict=True)
            ],
        )
        for line in stored.lines:
            line.tax_rate = line.tax_minor = 0
        book = stored.lines[1].id
    give_back(seen(order), 2000, {book: 1})
    give_back(seen(order), 1400)
    run_jobs()
    _invoice, *notes = issued(order)
    bases = [sum(row.base_minor for row in papers.from_json(each.paper).taxes) for each in notes]
    assert bases == [2000, 1400]


def test_a_paper_names_no_price_of_a_piece_that_does_not_add_up(run_jobs, outbox):
    """Three for 10.00 go back: 3.33 each would be a cent too little."""
    variant = make_variant(price=400)
    order = bought((variant, 3))
    with unit_of_work():
        db.session.get_one(Order, order.id).lines[0].discount_minor = 200
    give_back(seen(order), 1000, {order.lines[0].id: 3})
    run_jobs()
    invoice, note = (worded(paper).lines[0] for paper in issued(order))
    assert (invoice.quantity, invoice.unit, invoice.total) == ("3", "€4.00", "€12.00")
    assert (note.quantity, note.unit, note.total) == ("3", "–", "€10.00")


def test_a_whole_refund_takes_back_the_whole_invoice_once(client, run_jobs, outbox):
    order = taxed()
    refund = give_back(order, 3400, {line.id: 1 for line in order.lines})
    run_jobs()
    with unit_of_work():
        services.credit(db.session.get_one(Order, order.id), refund.id)
    invoice, note = issued(order)
    assert (note.total_minor, note.tax_minor) == (3400, 411)
    page = client.get(f"/papers/{note.token}").text
    assert "Credit note" in page
    assert invoice.number in page
    assert client.get(f"/papers/{note.token}/receipt").status_code == 404


def test_order_idor_of_papers(client):
    """A paper is opened by its own token and by nothing else that is known of it."""
    invoice = issued(bought())[0]
    token = invoice.token
    for guess in (invoice.number, str(invoice.id), invoice.order.token, token[:-1], token + "x"):
        for path in (f"/papers/{guess}", f"/papers/{guess}.pdf", f"/papers/{guess}/receipt.pdf"):
            assert client.get(path).status_code == 404, path
    answer = client.get(f"/papers/{token}")
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_any_name_and_currency_can_be_printed(client):
    hostile = "<b>&amp;{{7*7}}"
    order = bought((make_variant(currency="JPY"), 1), name=hostile, currency="JPY")
    invoice = issued(order)[0]
    assert hostile not in client.get(f"/papers/{invoice.token}").text
    assert "{{7*7}}" in words_of(client.get(f"/papers/{invoice.token}.pdf").data)
    for name in ("王小明 さくら", "فاطمة الزهراء", "רות כהן", "राम 🌿\u202e", "x" * 80):
        with unit_of_work():
            stored = db.session.get_one(Invoice, invoice.id)
            stored.paper = {**stored.paper, "buyer": {**stored.paper["buyer"], "name": name}}
        assert client.get(f"/papers/{invoice.token}.pdf").data.startswith(b"%PDF")


def test_a_long_paper_runs_over_pages_and_is_the_same_each_time(app):
    invoice = issued(bought(*((make_variant(title="A long title " * 10), 1) for _ in range(25))))[0]
    paper, said = papers.from_json(invoice.paper), worded(invoice)
    first = printing.as_pdf(paper, said)
    assert len(PdfReader(BytesIO(first)).pages) > 2
    assert printing.as_pdf(paper, said) == first


def test_staff_find_papers_and_buyers_do_not(client):
    order = bought()
    invoice = issued(order)[0]
    assert client.get("/admin/invoices/").status_code == 303
    editor = sign_in(client, make_account("bookkeeper"))
    for query in ("", "?kind=invoice", f"?q={invoice.number}"):
        assert f"/papers/{invoice.token}" in editor.get("/admin/invoices/" + query).text
    for query in ("?kind=credit_note", "?q=%27%20OR", "?q=" + "9" * 500, "?after=x", "?kind=x"):
        answer = editor.get("/admin/invoices/" + query)
        assert answer.status_code in {200, 404}
        assert invoice.token not in answer.text
    assert sign_in(client, make_account()).get("/admin/invoices/").status_code in {403, 404}
