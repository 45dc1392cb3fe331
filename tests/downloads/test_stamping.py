"""Each buyer of a stamped file gets a personal copy, made after the payment, and never waits long for it."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from io import BytesIO

import pytest
import time_machine
from fpdf import FPDF
from pypdf import PdfReader, PdfWriter
from sqlalchemy import func, select

from shop.blueprints.accounts import personal
from shop.blueprints.catalog.files import uploads
from shop.blueprints.catalog.models import Product, ProductFile
from shop.blueprints.downloads import services, stamping
from shop.blueprints.orders import erasing
from shop.core import clock, settings
from shop.core.database import writing
from shop.core.errors import NotFound, Refused
from shop.core.files import FONTS, pdf, storage
from shop.core.jobs import Job
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from tests.downloads.test_downloads import bought, fetch, link_of
from tests.factories.accounts import make_account, sign_in
from tests.factories.orders import make_variant
from tests.payments.test_settling import seen


def booklet(pages=2):
    sheet = FPDF(format=(148, 210))
    sheet.set_font("helvetica", size=12)
    for number in range(pages):
        sheet.add_page()
        sheet.cell(text=f"Evening {number + 1}")
    return bytes(sheet.output())


BOOKLET = booklet()


def stamped_variant(content=BOOKLET):
    variant = make_variant(files=[content])
    with unit_of_work():
        db.session.query(ProductFile).filter_by(product_id=variant.product_id).update(
            {"is_stamped": True}
        )
    return variant


def pages_of(content):
    return [page.extract_text() for page in PdfReader(BytesIO(content)).pages]


def test_a_stamped_copy_bears_name_and_order_on_every_page(client, run_jobs, outbox):
    order = bought((stamped_variant(), 1))
    link = link_of(order)
    run_jobs()
    answer = fetch(client, link)
    assert answer.status_code == 200
    for number, text in enumerate(pages_of(answer.data), 1):
        assert f"Evening {number}" in text
        assert f"For Ruth Miller · order {order.number}" in text
    half = fetch(client, link, headers={"Range": "bytes=100-", "If-Range": answer.headers["ETag"]})
    assert half.data == answer.data[100:]


def test_the_plain_file_is_not_handed_over_while_the_copy_is_made(client, run_jobs, outbox):
    order = bought((stamped_variant(), 1))
    link = link_of(order)
    with time_machine.travel(clock.now() + timedelta(seconds=29), tick=False):
        answer = fetch(client, link)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert b"%PDF" not in answer.data
    assert 'http-equiv="refresh"' in answer.text
    assert services.grants_of(seen(order))[0].count == 0
    run_jobs()
    assert b"%PDF" in fetch(client, link).data


def test_a_buyer_does_not_wait_longer_than_the_owner_says(client):
    link = link_of(bought((stamped_variant(), 1)))
    with time_machine.travel(clock.now() + timedelta(seconds=31), tick=False):
        assert fetch(client, link).data == BOOKLET
    with unit_of_work():
        settings.change(stamping.DownloadSettings, {"stamp_wait_seconds": 0})
    assert fetch(client, link).data == BOOKLET


def test_a_file_that_can_not_be_written_on_is_handed_over_as_it_is(client, run_jobs, outbox):
    broken = b"%PDF-1.7 and nothing more"
    order = bought((stamped_variant(broken), 1))
    link = link_of(order)
    run_jobs()
    assert services.grants_of(seen(order))[0].stamp == "failed"
    assert fetch(client, link).data == broken


def locked():
    writer = PdfWriter(clone_from=BytesIO(BOOKLET))
    writer.encrypt("secret", algorithm="RC4-128")
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def test_what_can_not_be_stamped_is_refused_when_it_is_uploaded(client):
    variant = make_variant(files=[])
    editor = sign_in(client, make_account("editor", given=["orders.manage"]))
    for content in (b"x", b"", b"%PDF-1.7", locked()):
        answer = editor.post(
            f"/admin/products/{variant.product_id}/files",
            data={
                "file": (BytesIO(content), "x.pdf", "application/pdf"),
                "version": "1",
                "is_stamped": "y",
            },
            content_type="multipart/form-data",
        )
        assert answer.status_code == 422
    db.session.expire_all()
    assert db.session.get_one(Product, variant.product_id).files == []


def test_nobody_waits_to_write_while_an_upload_is_read(client, monkeypatch):
    variant = make_variant(files=[BOOKLET])
    product = db.session.get_one(Product, variant.product_id)
    with unit_of_work():
        uploads.describe(product.files[0], name="x.pdf", is_stamped=True)
    address = f"/admin/products/{product.id}/files"
    others_waited = []
    monkeypatch.setattr(pdf, "is_writable", lambda _: not others_waited.append(writing.get()))
    editor = sign_in(client, make_account("editor", given=["orders.manage"]))
    for place, content in (
        (address, b"%PDF one"),
        (f"{address}/{product.files[0].id}/versions", b"%PDF two"),
    ):
        sent = {"file": (BytesIO(content), "x.pdf", "application/pdf")}
        said = {"version": "2", "is_stamped": "y"}
        answer = editor.post(place, data=sent | said, content_type="multipart/form-data")
        assert answer.status_code == 303
    assert others_waited == [False, False]


def test_a_file_that_is_stamped_by_now_takes_no_version_that_was_not_looked_at(app):
    file = db.session.get_one(Product, make_variant(files=[BOOKLET]).product_id).files[0]
    upload = uploads.take_in(b"%PDF-1.7", name="x.pdf")
    with unit_of_work():
        uploads.describe(file, name=file.name, is_stamped=True)
    with pytest.raises(Refused), unit_of_work():
        uploads.replace(file, upload, version="2")


def test_stamping_can_be_turned_on_later_where_it_is_possible(app):
    good, bad = make_variant(files=[BOOKLET]), make_variant(files=[b"x"])
    with unit_of_work():
        file = db.session.get_one(Product, good.product_id).files[0]
        uploads.describe(file, name=file.name, is_stamped=True)
    with pytest.raises(Refused), unit_of_work():
        file = db.session.get_one(Product, bad.product_id).files[0]
        uploads.describe(file, name=file.name, is_stamped=True)


def test_a_copy_goes_with_the_name_that_it_bears(client, run_jobs, outbox):
    order = bought((stamped_variant(), 1))
    link = link_of(order)
    run_jobs()
    key = services.grants_of(seen(order))[0].stamped_key
    assert storage.content_of(key)
    assert personal.export("ruth@example.org")["downloads"][0]["order"] == order.number
    with unit_of_work():
        personal.erase("ruth@example.org")
    with pytest.raises(NotFound):
        storage.content_of(key)
    assert fetch(client, link).data == BOOKLET


def test_a_copy_that_is_made_while_its_buyer_is_erased_is_thrown_away(client, outbox, monkeypatch):
    order = bought((stamped_variant(), 1))
    link = link_of(order)
    grant_id = services.grants_of(seen(order))[0].id
    note = stamping.make_copy({"grant_id": grant_id})
    with unit_of_work():
        personal.erase("ruth@example.org")
    made = []
    monkeypatch.setattr(storage, "forget", made.append)
    with unit_of_work():
        note()
    [grant] = services.grants_of(seen(order))
    assert (grant.stamp, grant.stamped_key, len(made)) == ("", None, 1)
    assert fetch(client, link).data == BOOKLET


def test_a_copy_that_was_made_while_the_order_was_still_under_way_goes_with_its_buyer(
    client, run_jobs, outbox
):
    order = bought((stamped_variant(), 1))
    run_jobs()
    key = services.grants_of(seen(order))[0].stamped_key
    with unit_of_work():
        erasing.erase("ruth@example.org")
    run_jobs()
    with pytest.raises(NotFound):
        storage.content_of(key)


def test_a_copy_that_nobody_uses_is_dropped_and_made_again_when_it_is_asked_for(
    client, run_jobs, outbox
):
    order = bought((stamped_variant(), 1))
    link = link_of(order)
    run_jobs()
    key = services.grants_of(seen(order))[0].stamped_key
    with time_machine.travel(clock.now() + timedelta(days=29), tick=False):
        assert fetch(client, link).status_code == 200
    for days, is_kept in ((31, True), (60, False)):
        with time_machine.travel(clock.now() + timedelta(days=days), tick=False), unit_of_work():
            stamping.drop_unused_copies()
        assert (services.grants_of(seen(order))[0].stamped_key == key) == is_kept
    with pytest.raises(NotFound):
        storage.content_of(key)
    for _ in range(2):
        answer = fetch(client, link)
        assert (answer.status_code, b"%PDF" in answer.data) == (503, False)
    waiting = select(func.count()).where(Job.kind == stamping.STAMP_JOB, Job.state == "waiting")
    assert db.session.scalar(waiting) == 1
    run_jobs()
    assert "For Ruth Miller" in pages_of(fetch(client, link).data)[0]


def test_names_of_every_script_can_be_written():
    for name in ("Жанна", "رَ فاطمة", "רות כהן", "王小明 さくら 김철수", "राम 🌿", "x" * 80, ""):
        assert len(pages_of(pdf.stamp(BOOKLET, name))) == 2


def test_the_bundled_type_is_what_its_makers_published():
    for line in (FONTS / "MANIFEST.sha256").read_text().splitlines():
        digest, _space, name = line.partition("  ")
        assert hashlib.sha256((FONTS / name).read_bytes()).hexdigest() == digest, name
