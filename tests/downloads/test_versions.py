"""A new version takes a file's place: its buyers get it, keep what they had, and are told if the owner wants it."""

from __future__ import annotations

from io import BytesIO

import pytest
from sqlalchemy import func, select

from shop.blueprints.accounts import personal
from shop.blueprints.catalog.files import uploads
from shop.blueprints.catalog.models import FileVersion, Product, ProductFile
from shop.blueprints.downloads import queries, services, subscribers
from shop.blueprints.downloads.models import VersionNews
from shop.core.errors import Refused
from shop.core.mail.models import Mail
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from tests.downloads.test_downloads import CONTENT, bought, fetch
from tests.factories.accounts import make_account, sign_in
from tests.factories.orders import at_once, make_order, make_variant
from tests.payments.test_settling import seen

NEWER = b"%PDF-1.7 the second printing"


def file_of(variant):
    return db.session.scalars(
        select(ProductFile).where(ProductFile.product_id == variant.product_id)
    ).one()


def replace(variant, content=NEWER, version="1.1", changes="Two more evenings.", *, tell=False):
    with unit_of_work():
        new = uploads.replace(
            file_of(variant),
            uploads.take_in(content, name="x.pdf"),
            version=version,
            changes=changes,
        )
        if tell:
            uploads.announce_version(new)
    return new


def test_an_owner_of_an_older_version_sees_the_newest_and_keeps_his_own(client):
    variant = make_variant(files=[CONTENT])
    order = bought((variant, 1))
    services.grants_of(order)
    replace(variant)
    [offer] = queries.offers(services.grants_of(seen(order)))
    assert (offer.grant.version, [old.version for old in offer.earlier]) == ("1.1", ["1.0"])
    page = client.get(f"/orders/{order.token}").text
    assert "Two more evenings." in page
    assert page.index("version 1.1") < page.index("Earlier versions") < page.index("version 1.0")
    addresses = [
        part.split('"')[0] for part in page.split('href="/downloads/')[1:] if part[0] == "I"
    ]
    assert [fetch(client, f"/downloads/{each}").data for each in addresses] == [NEWER, CONTENT]


def test_a_new_buyer_gets_the_newest_version_only(app):
    variant = make_variant(files=[CONTENT])
    replace(variant)
    [offer] = queries.offers(services.grants_of(bought((variant, 1))))
    assert (offer.grant.version, offer.earlier, offer.changes) == ("1.1", (), "")


def test_owners_are_told_once_each_however_often_they_bought(run_jobs, outbox, monkeypatch):
    monkeypatch.setattr(subscribers, "NEWS_AT_ONCE", 2)
    variant = make_variant(files=[CONTENT], price=0)
    people = ["ruth@example.org", "sam@example.org", "ruth@example.org", "ines@example.org"]
    for email in people:
        bought_free(variant, email)
    make_order((variant, 1), email="unpaid@example.org")
    bought_free(make_variant(price=0), "other@example.org")
    run_jobs()
    outbox.messages.clear()
    version = replace(variant, tell=True)
    run_jobs()
    assert sorted(mail["To"] for mail in outbox.messages) == sorted(set(people))
    [mail] = [mail for mail in outbox.messages if mail["To"] == "sam@example.org"]
    text = mail.get_body(("plain",)).get_content()
    assert "Two more evenings." in text
    assert "/orders/" in text
    with unit_of_work():
        assert uploads.announce_version(db.session.get_one(FileVersion, version.id)) is False
    assert db.session.get(FileVersion, version.id, populate_existing=True).told == 3
    with unit_of_work():
        personal.erase("Sam@example.org")
    told = set(db.session.scalars(select(VersionNews.email)))
    assert told == {"ruth@example.org", "ines@example.org"}


def bought_free(variant, email):
    from shop.blueprints.orders import services as orders

    order = make_order((variant, 1), email=email)
    with unit_of_work():
        orders.settle_free(order)
    return order


def test_nobody_is_told_unless_the_owner_ticks_it(run_jobs, outbox):
    variant = make_variant(files=[CONTENT])
    bought((variant, 1))
    run_jobs()
    outbox.messages.clear()
    replace(variant)
    run_jobs()
    assert outbox.messages == []


def test_eight_announcements_at_once_are_one(app, outbox, run_jobs):
    variant = make_variant(files=[CONTENT])
    bought((variant, 1))
    version_id = replace(variant).id

    def announce(_number):
        with unit_of_work():
            return uploads.announce_version(db.session.get_one(FileVersion, version_id))

    assert sorted(at_once(app, 8, announce)) == [False] * 7 + [True]
    run_jobs()
    told = select(func.count()).select_from(Mail).where(Mail.kind == "download-version")
    assert db.session.scalar(told) == 1


def test_a_version_that_was_there_before_is_refused(app):
    variant = make_variant(files=[CONTENT])
    replace(variant)
    for known in (CONTENT, NEWER):
        with pytest.raises(Refused, match="same file as version"):
            replace(variant, content=known, version="2.0")
    with pytest.raises(Refused):
        replace(variant, content=b"")
    assert [each.version for each in file_of(variant).versions] == ["1.1", "1.0"]


def test_an_editor_replaces_renames_and_sorts_files(client, run_jobs, outbox):
    variant = make_variant(files=[CONTENT, b"%PDF the worksheets"])
    product_id = variant.product_id
    bought((variant, 1))
    run_jobs()
    outbox.messages.clear()
    editor = sign_in(client, make_account("editor", given=["orders.manage"]))
    first, second = db.session.get_one(Product, product_id).files
    base = f"/admin/products/{product_id}/files/{first.id}"
    sent = {
        "file": (BytesIO(NEWER), "x.pdf", "application/pdf"),
        "version": "2",
        "changes": "New.",
        "announce": "y",
    }
    answer = editor.post(f"{base}/versions", data=sent, content_type="multipart/form-data")
    assert answer.status_code == 303
    run_jobs()
    assert [mail["Subject"] for mail in outbox.messages] == [
        f"{variant.product.title}: version 2 is available"
    ]
    assert "1 was emailed" in editor.get(base).text
    assert editor.post(base, data={"name": "../The Book.pdf"}).status_code == 303
    assert editor.post(base, data={"name": "The Book.html"}).status_code == 422
    assert editor.post(f"/admin/products/{product_id}/files/{second.id}/up").status_code == 303
    db.session.expire_all()
    product = db.session.get_one(Product, product_id)
    assert [file.name for file in product.files][1] == "The Book.pdf"
    for path in (
        f"/admin/products/{product_id}/files/99999",
        f"/admin/products/9999/files/{first.id}",
    ):
        assert editor.get(path).status_code == 404


def test_a_bad_version_changes_nothing(client):
    variant = make_variant(files=[CONTENT])
    editor = sign_in(client, make_account("editor", given=["orders.manage"]))
    address = f"/admin/products/{variant.product_id}/files/{file_of(variant).id}/versions"
    for form in (
        {"version": "2"},
        {"version": "", "file": b"%PDF x"},
        {"version": "x" * 21, "file": b"%PDF x"},
        {"version": "2", "file": b""},
        {"version": "2", "file": CONTENT},
        {"version": "2", "file": b"%PDF x", "changes": "y" * 1001},
        {"version": "2", "file": b"a page that is no PDF"},
    ):
        answer = editor.post(address, data=sent(form), content_type="multipart/form-data")
        assert answer.status_code == 422, form
        db.session.expire_all()
        assert file_of(variant).version == "1.0"
    odd = {"version": "\u202e2", "file": b"%PDF x", "changes": "🌿\x00" * 9}
    answer = editor.post(address, data=sent(odd), content_type="multipart/form-data")
    assert answer.status_code == 303


def sent(form):
    return {
        name: (BytesIO(value), "x.pdf") if isinstance(value, bytes) else value
        for name, value in form.items()
    }
