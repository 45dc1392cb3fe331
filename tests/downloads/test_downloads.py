"""What was paid for as a file can be had by whoever has the link, for a while, a number of times, and always anew."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from sqlalchemy import delete, event, func, select

from shop.blueprints.catalog.models import Product, ProductFile
from shop.blueprints.downloads import links, queries, services
from shop.blueprints.downloads.models import DownloadGrant
from shop.blueprints.downloads.settings import DownloadSettings
from shop.core import clock, settings
from shop.core.files import storage
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from tests import controls
from tests.factories.accounts import make_account, sign_in
from tests.factories.orders import (
    at_once,
    make_free_order,
    make_order,
    make_payment,
    make_variant,
    paid,
)
from tests.payments.test_settling import seen, settled

CONTENT = b"%PDF-1.7 " + bytes(range(256)) * 8


def bought(*lines, email="ruth@example.org"):
    order = make_order(*(lines or ((make_variant(files=[CONTENT]), 1),)), email=email)
    payment = make_payment(order, f"ref-{order.id}")
    settled(payment.id, paid(payment))
    return seen(order)


def link_of(order, index=0):
    return "/downloads/" + links.token_of(services.grants_of(order)[index])


def fetch(client, link, **values):
    """A whole answer, its file closed."""
    return client.get(link, buffered=True, **values)


def count_of(order):
    return db.session.scalar(
        select(DownloadGrant.count)
        .join(DownloadGrant.line)
        .where(DownloadGrant.line.has(order_id=order.id))
        .order_by(DownloadGrant.id.desc())
        .limit(1)
    )


def change(order, **values):
    services.grants_of(order)
    with unit_of_work():
        grant = queries.newest_grants(seen(order))[0]
        for name, value in values.items():
            setattr(grant, name, value)


def test_the_file_comes_as_an_attachment_and_is_counted_once(client):
    order = bought()
    answer = fetch(client, link_of(order))
    assert (answer.status_code, answer.data) == (200, CONTENT)
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=guide-")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert count_of(order) == 1


def test_parts_of_one_download_are_counted_once(client):
    order = bought()
    link = link_of(order)
    first = fetch(client, link, headers={"Range": "bytes=0-99"})
    rest = fetch(client, link, headers={"Range": "bytes=100-"})
    assert (first.status_code, rest.status_code) == (206, 206)
    assert first.data + rest.data == CONTENT
    assert count_of(order) == 1


def test_leaving_out_the_beginning_does_not_make_downloads_free(client):
    order = bought()
    fetch(client, link_of(order), headers={"Range": "bytes=1-"})
    assert count_of(order) == 1
    change(order, last_used_at=clock.now() - timedelta(hours=2))
    fetch(client, link_of(order), headers={"Range": "bytes=1-"})
    assert count_of(order) == 2


@pytest.mark.parametrize(
    "value", ["bytes=9-1", "bytes=99999-", "lines=1-2", "bytes=a-b", "x" * 500]
)
def test_a_bad_range_is_no_error_of_ours(client, value):
    assert fetch(client, link_of(bought()), headers={"Range": value}).status_code in {200, 206, 416}


def test_a_used_up_link_says_how_to_get_a_new_one(client):
    order = bought()
    link = link_of(order)
    change(order, count=10)
    answer = fetch(client, link)
    assert answer.status_code == 410
    assert "used up" in answer.text
    assert 'href="/orders/"' in answer.text
    assert order.token not in answer.text


def test_an_expired_link_says_how_to_get_a_new_one(client):
    order = bought()
    link = link_of(order)
    change(order, expires_at=clock.now() - timedelta(seconds=1))
    answer = fetch(client, link)
    assert answer.status_code == 410
    assert "has expired" in answer.text


@pytest.mark.parametrize("ended", [{"count": 10}, {"expires_at": clock.now()}])
def test_the_orders_page_gives_a_new_link_for_one_that_ended(client, ended):
    order = bought()
    change(order, **ended)
    page = client.get(f"/orders/{order.token}").text
    assert "Get a new link" in page
    action = page.split('action="/orders/')[1].split('"')[0]
    assert client.post("/orders/" + action).status_code == 303
    assert client.post("/orders/" + action).status_code == 303  # twice makes one
    assert fetch(client, link_of(order)).data == CONTENT
    assert db.session.scalar(select(func.count(DownloadGrant.id))) == 2


def test_new_links_are_not_endless(client):
    order = bought()
    with unit_of_work():
        settings.change(DownloadSettings, {"renewals": 0})
    change(order, count=10)
    grant = queries.newest_grants(seen(order))[0]
    assert client.post(f"/orders/{order.token}/downloads/{grant.id}").status_code == 422


def test_counting_holds_when_many_download_at_once(app):
    order = bought()
    grant_id = services.grants_of(order)[0].id
    change(order, max_count=3)

    def use(_number):
        with unit_of_work() as session:
            services.use(session.get(DownloadGrant, grant_id), whole=True)

    results = at_once(app, 8, use)
    assert (results.count(None), count_of(order)) == (3, 3)


def test_download_leak(client):
    """Guessed, foreign and tampered links find nothing; an unpaid order has none."""
    order = bought()
    grant = services.grants_of(order)[0]
    good = links.token_of(grant)
    for guess in (grant.token, str(grant.id), good[:-2] + "xx", "x" * 40, "..%2f..%2fetc%2fpasswd"):
        assert fetch(client, "/downloads/" + guess).status_code == 404
    unpaid = make_order((make_variant(files=[CONTENT]), 1), email="else@example.org")
    assert services.grants_of(unpaid) == []
    assert "Your downloads" not in client.get(f"/orders/{unpaid.token}").text
    for token in (unpaid.token, make_free_order(email="else@example.org").token, "x" * 32):
        assert client.post(f"/orders/{token}/downloads/{grant.id}").status_code == 404


@controls.on_sqlite
def test_control_download_leak(client):
    with controls.failing_without("links to downloads are signed"):
        test_download_leak(client)


def test_a_grant_of_an_order_that_is_no_longer_paid_opens_nothing(client):
    order = bought()
    link = link_of(order)
    with unit_of_work():
        seen(order).state = "cancelled"
    assert fetch(client, link).status_code == 404


def test_an_order_of_downloads_is_fulfilled_by_itself_and_mailed_with_links(
    client, outbox, run_jobs
):
    order = bought()
    run_jobs()
    assert seen(order).state == "fulfilled"
    [mail] = outbox.messages
    text, html = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))
    link = next(line for line in text.splitlines() if "/downloads/" in line)
    assert 'href="http://localhost/downloads/' in html
    assert fetch(client, urlsplit(link).path).data == CONTENT


def test_an_order_with_a_parcel_waits_for_its_parcel_but_not_its_downloads(
    client, outbox, run_jobs
):
    order = bought((make_variant(files=[CONTENT]), 1), (make_variant(digital=False), 1))
    run_jobs()
    assert seen(order).state == "paid"
    assert fetch(client, link_of(order)).status_code == 200


def test_links_are_there_before_any_job_has_run(client):
    """Missing download links: the page makes what is missing, once however many look."""
    order = bought()
    page = client.get(f"/orders/{order.token}").text
    assert (
        fetch(client, "/downloads/" + page.split('href="/downloads/')[1].split('"')[0]).data
        == CONTENT
    )
    client.get(f"/orders/{order.token}")
    assert db.session.scalar(select(func.count(DownloadGrant.id))) == 1


def test_eight_who_look_at_once_make_each_grant_once(app):
    order_id = bought().id

    def look(_number):
        from shop.blueprints.orders.models import Order

        return len(services.grants_of(db.session.get(Order, order_id)))

    assert at_once(app, 8, look) == [1] * 8
    assert db.session.scalar(select(func.count(DownloadGrant.id))) == 1


def test_every_file_of_a_guide_is_granted_also_one_that_is_added_later(app):
    variant = make_variant(files=[CONTENT, b"%PDF the worksheets"])
    order = bought((variant, 1))
    assert len(services.grants_of(order)) == 2
    with unit_of_work() as session:
        session.add(
            ProductFile(
                product_id=variant.product_id,
                name="new.pdf",
                storage_key=storage.keep(b"new"),
                size=3,
                media_type="application/pdf",
            )
        )
    assert [grant.name for grant in services.grants_of(seen(order))][-1] == "new.pdf"


def test_what_was_bought_stays_when_the_product_goes(client, run_jobs, outbox):
    variant = make_variant(files=[CONTENT])
    order = bought((variant, 1))
    run_jobs()
    link = link_of(order)
    with unit_of_work() as session:
        session.execute(delete(Product).where(Product.id == variant.product_id))
    assert fetch(client, link).data == CONTENT


def test_the_library_of_a_buyer_holds_his_own_downloads(client):
    account = make_account(email="ruth@example.org")
    order, other = bought(), bought(email="else@example.org")
    assert client.get("/account/downloads").status_code == 303
    page = sign_in(client, account).get("/account/downloads").text
    assert order.number in page
    assert other.number not in page
    assert "/downloads/" in page


def test_a_library_asks_the_same_questions_however_much_was_bought(client):
    reader = sign_in(client, make_account(email="ruth@example.org"))
    statements = []

    def note(_connection, _cursor, statement, *_rest):
        statements.append(statement)

    def asked():
        reader.get("/account/downloads")  # makes the links
        statements.clear()
        event.listen(db.engine, "before_cursor_execute", note)
        page = reader.get("/account/downloads").text
        event.remove(db.engine, "before_cursor_execute", note)
        return len(statements), page.count('href="/downloads/')

    bought()
    few, links_of_one = asked()
    for _ in range(4):
        bought()
    many, links_of_five = asked()
    assert links_of_five - links_of_one == 4
    assert many == few
