"""How a file travels: whole, in parts, not at all when one has it already; and what closes it."""

from __future__ import annotations

from shop.blueprints.catalog.models import ProductFile
from shop.blueprints.downloads import queries
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from tests.downloads.test_downloads import CONTENT, bought, count_of, fetch, link_of
from tests.factories.orders import make_variant
from tests.factories.refunds import bounce, give_back
from tests.payments.test_settling import seen


def test_asking_about_a_file_is_not_counted(client):
    order = bought()
    link = link_of(order)
    answer = client.head(link, headers={"Range": "bytes=0-9"}, buffered=True)
    assert (answer.status_code, answer.data) == (200, b"")
    assert answer.headers["Content-Length"] == str(len(CONTENT))
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["ETag"]
    assert count_of(order) == 0


def test_a_part_is_only_given_of_the_file_that_was_begun(client):
    order = bought()
    link = link_of(order)
    etag = fetch(client, link).headers["ETag"]
    same = fetch(client, link, headers={"Range": "bytes=9-", "If-Range": etag})
    assert (same.status_code, same.data) == (206, CONTENT[9:])
    assert same.headers["Content-Range"] == f"bytes 9-{len(CONTENT) - 1}/{len(CONTENT)}"
    assert count_of(order) == 1
    other = fetch(client, link, headers={"Range": "bytes=9-", "If-Range": '"another"'})
    assert (other.status_code, other.data) == (200, CONTENT)
    assert count_of(order) == 2, "a whole file is counted, whatever was asked for"


def test_what_one_has_already_is_not_sent_or_counted_again(client):
    order = bought()
    link = link_of(order)
    etag = fetch(client, link).headers["ETag"]
    assert fetch(client, link, headers={"If-None-Match": etag}).status_code == 304
    assert count_of(order) == 1


def test_what_we_do_not_do_by_parts_comes_whole(client):
    link = link_of(bought())
    for value in ("bytes=0-1,4-5", "lines=1-2"):
        answer = fetch(client, link, headers={"Range": value})
        assert (answer.status_code, answer.data) == (200, CONTENT)


def test_a_part_beyond_the_end_says_how_long_the_file_is(client):
    order = bought()
    answer = fetch(client, link_of(order), headers={"Range": "bytes=99999-"})
    assert answer.status_code == 416
    assert answer.headers["Content-Range"] == f"bytes */{len(CONTENT)}"
    assert count_of(order) == 0


def test_a_name_of_any_script_is_what_it_is_saved_as(client):
    variant = make_variant(files=[CONTENT])
    with unit_of_work():
        db.session.query(ProductFile).update({"name": 'Рут "ö" 本.pdf'})
    answer = fetch(client, link_of(bought((variant, 1))))
    said = answer.headers["Content-Disposition"]
    assert "filename*=UTF-8''%D0%A0%D1%83%D1%82%20%22%C3%B6%22%20%E6%9C%AC.pdf" in said


def test_download_leak_after_a_refund(client, run_jobs, outbox):
    """What was refunded opens nothing: no old link, no new one, no file that is added later."""
    order = bought()
    link = link_of(order)
    line = order.lines[0]
    grant_id = queries.newest_grants(order)[0].id
    run_jobs()
    refund = give_back(order, line.total_minor, {line.id: 1})
    run_jobs()
    answer = fetch(client, link)
    assert answer.status_code == 410
    assert "refunded" in answer.text
    assert client.head(link).status_code == 410
    assert client.post(f"/orders/{order.token}/downloads/{grant_id}").status_code == 404
    with unit_of_work() as session:
        session.query(ProductFile).update({"storage_key": "0" * 64})
    page = client.get(f"/orders/{order.token}").text
    assert "/downloads/e" not in page.split('id="downloads"')[1].split("</section>")[0]
    assert queries.newest_grants(seen(order)) == queries.missing_grants(seen(order)) == []
    bounce(refund)
    run_jobs()
    assert fetch(client, link).data == CONTENT, "the money is ours after all"


def test_a_refund_closes_what_it_is_for_and_nothing_else(client, run_jobs, outbox):
    order = bought((make_variant(files=[CONTENT]), 2), (make_variant(files=[b"%PDF other"]), 1))
    first, second = order.lines
    links = {line.id: link_of(order, index) for index, line in enumerate((first, second))}
    give_back(order, 100)  # a gesture, for nothing in particular
    give_back(order, first.unit_price_minor, {first.id: 1})  # one of two
    give_back(order, second.unit_price_minor, {second.id: 1})
    run_jobs()
    assert fetch(client, links[first.id]).status_code == 200
    assert fetch(client, links[second.id]).status_code == 410
