"""When something is back, each who waits gets one message; who wants none gets none."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from shop.blueprints.catalog import services as catalog
from shop.blueprints.catalog.stock import levels
from shop.blueprints.stock_alerts import services
from shop.blueprints.stock_alerts.models import AlertState, StockAlert
from shop.core import jobs, mail
from shop.core.events import publish
from shop.core.jobs import running
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from shop.plugins import registry
from shop.plugins.api.events import StockAlertAsked, VariantRestocked
from tests.factories.accounts import make_account, sign_in
from tests.factories.stock_alerts import make_alert, make_sold_out

EMAIL = "ruth@example.org"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}
CROSS_SITE = {"Sec-Fetch-Site": "cross-site", "Origin": "https://mail.example"}


@pytest.fixture
def product(app):
    return make_sold_out()


@pytest.fixture
def variant(product):
    [variant] = product.variants
    return variant


def restock(variant, quantity: int = 5) -> None:
    with unit_of_work():
        levels.restock(variant, quantity)


def states() -> list[str]:
    return list(db.session.scalars(select(StockAlert.state).order_by(StockAlert.id)))


def test_everybody_who_waits_is_told_once(variant, outbox, run_jobs, monkeypatch):
    monkeypatch.setattr(services, "BATCH", 3)
    wanted = [make_alert(variant).email for _ in range(7)]
    make_alert(variant, "told@example.org", AlertState.SENT)
    make_alert(variant, "quiet@example.org", AlertState.CANCELLED)
    [other] = make_sold_out("another").variants
    make_alert(other, "patient@example.org")
    restock(variant)
    run_jobs()
    assert [mail["To"] for mail in outbox.messages] == wanted
    with unit_of_work():
        publish(
            VariantRestocked(variant_id=variant.id)
        )  # delivered again, or sold out and back again
    run_jobs()
    assert len(outbox.messages) == 7


def test_the_message_leads_to_the_product_and_to_the_way_out(variant, outbox, run_jobs):
    alert = make_alert(variant, EMAIL)
    token = alert.token
    restock(variant)
    run_jobs()
    [mail] = outbox.messages
    assert mail["Subject"] == "The Notebook is available again"
    assert mail["List-Unsubscribe"] == f"<http://localhost/stock-alerts/{token}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    for kind in ("plain", "html"):
        content = mail.get_body((kind,)).get_content()
        assert "http://localhost/shop/the-notebook" in content
        assert f"http://localhost/stock-alerts/{token}" in content


def test_mail_placeholder(app, outbox, run_jobs):
    product = make_sold_out(editions=("{{7*7}} %(x)s {x.__class__}",))
    with unit_of_work():
        product = db.session.get(type(product), product.id)
        product.title = "{{7*7}} %s"
    make_alert(product.variants[0], EMAIL)
    restock(product.variants[0])
    run_jobs()
    [mail] = outbox.messages
    assert mail["Subject"] == "{{7*7}} %s is available again"
    assert "{{7*7}} %(x)s {x.__class__}" in mail.get_body(("plain",)).get_content()


def test_what_is_sold_out_again_tells_nobody(variant, run_jobs):
    make_alert(variant)
    with unit_of_work():
        levels.restock(variant, 1)
        levels.restock(variant, -1)
    run_jobs()
    assert states() == [AlertState.WAITING]


def test_what_sells_out_while_people_are_told_leaves_the_others_waiting(variant):
    make_alert(variant)
    assert services.tell_batch({"variant_id": variant.id}) is None
    restock(variant)
    queue_them = services.tell_batch({"variant_id": variant.id})
    with unit_of_work():
        levels.restock(variant, -5)
        queue_them()
    assert states() == [AlertState.WAITING]


def test_a_draft_tells_nobody_until_it_is_published(product, variant, outbox, run_jobs):
    make_alert(variant, EMAIL)
    with unit_of_work():
        catalog.take_off_shelf(db.session.get(type(product), product.id))
    restock(variant)
    run_jobs()
    assert states() == [AlertState.WAITING]
    with unit_of_work():
        catalog.put_on_shelf(db.session.get(type(product), product.id))
    run_jobs()
    assert [mail["To"] for mail in outbox.messages] == [EMAIL]


def test_what_is_no_longer_counted_is_back(variant, outbox, run_jobs):
    make_alert(variant, EMAIL)
    with unit_of_work():
        levels.set_on_hand(variant, None)
    run_jobs()
    assert states() == [AlertState.SENT]


def test_who_asks_while_it_comes_back_is_told(variant, outbox, run_jobs):
    with unit_of_work():
        services.ask_for_alert(variant_id=variant.id, email=EMAIL)
        levels.restock(variant, 1)
    run_jobs()
    assert states() == [AlertState.SENT]
    assert len(outbox.messages) == 1


def test_a_kill_between_batches_repeats_nobody(variant, outbox, run_jobs, monkeypatch):
    monkeypatch.setattr(services, "BATCH", 2)
    wanted = [make_alert(variant).email for _ in range(5)]
    restock(variant)
    queue_all, calls = mail.queue_all, []

    def die_at_the_second(written):
        queue_all(written)
        calls.append(1)
        if len(calls) == 2:
            raise RuntimeError("killed")

    monkeypatch.setattr(mail, "queue_all", die_at_the_second)
    run_jobs()
    assert states() == [AlertState.SENT] * 2 + [AlertState.WAITING] * 3
    with unit_of_work() as session:
        for job in session.scalars(select(jobs.Job).where(jobs.Job.kind == services.JOB)):
            job.run_at = job.created_at
    run_jobs()
    assert [each["To"] for each in outbox.messages] == wanted


def test_several_workers_tell_everybody_once(app, variant, outbox, monkeypatch):
    monkeypatch.setattr(services, "BATCH", 2)
    variant_id = variant.id
    wanted = [make_alert(variant).email for _ in range(9)]
    with unit_of_work():
        for _ in range(6):
            services.ask_for_alert(variant_id=variant_id, email=EMAIL)
        levels.restock(variant, 1)
        for _ in range(3):
            publish(VariantRestocked(variant_id=variant_id))

    def work(_number: int) -> None:
        with app.app_context():
            running.run_due(1000)

    with ThreadPoolExecutor(4) as workers:
        list(workers.map(work, range(4)))
    assert sorted(mail["To"] for mail in outbox.messages) == sorted([*wanted, EMAIL])


def test_a_message_answers_what_was_asked_before_it(app, variant, outbox, run_jobs):
    with unit_of_work():
        services.ask_for_alert(variant_id=variant.id, email=EMAIL)
        services.ask_for_alert(variant_id=variant.id, email=EMAIL)
    [first, second] = db.session.scalars(select(StockAlert.id).order_by(StockAlert.id))
    with unit_of_work():
        services.begin_waiting(StockAlertAsked(alert_id=first))
        levels.restock(variant, 1)
    queue_them = services.tell_batch({"variant_id": variant.id})
    with unit_of_work():
        queue_them()
    with unit_of_work():
        services.begin_waiting(StockAlertAsked(alert_id=second))
    run_jobs()
    assert [mail["To"] for mail in outbox.messages] == [EMAIL]
    assert states() == [AlertState.SENT]


def test_who_was_told_may_wait_again(app, variant, outbox, run_jobs):
    make_alert(variant, EMAIL, AlertState.SENT)
    with unit_of_work():
        services.ask_for_alert(variant_id=variant.id, email=EMAIL)
    run_jobs()
    assert states() == [AlertState.SENT, AlertState.WAITING]


@pytest.fixture
def told(variant) -> str:
    """The link of one who was told and waits for something else."""
    [other] = make_sold_out("another").variants
    make_alert(other, EMAIL)
    return f"/stock-alerts/{make_alert(variant, EMAIL, AlertState.SENT).token}"


def test_one_button_and_nothing_more_comes(client, told):
    assert "Stop these emails" in client.get(told).text
    answer = client.post(told)
    assert (answer.status_code, answer.location) == (303, told)
    assert "No more emails" in client.get(told).text
    assert states() == [AlertState.CANCELLED, AlertState.SENT]
    assert client.post(told).status_code == 303


def test_unsubscribe_prefetch(client, told):
    for method in ("GET", "HEAD", "OPTIONS"):
        assert client.open(told, method=method).status_code == 200
    assert states() == [AlertState.WAITING, AlertState.SENT]


def test_a_mail_program_cancels_with_one_click_and_no_redirect(client, told):
    for _ in range(2):
        answer = client.post(told, data=ONE_CLICK, headers=CROSS_SITE)
        assert answer.status_code == 200
    assert states() == [AlertState.CANCELLED, AlertState.SENT]


def test_csrf(client, told):
    assert client.post(told, headers=CROSS_SITE).status_code == 403
    assert states() == [AlertState.WAITING, AlertState.SENT]


@pytest.mark.parametrize("token", ["x", "%F0%9F%99%82", "1" * 2000])
def test_a_link_that_is_none_of_ours_is_not_found(client, token):
    assert client.get(f"/stock-alerts/{token}").status_code == 404
    assert client.post(f"/stock-alerts/{token}", data=ONE_CLICK).status_code == 404


def test_staff_see_what_is_wanted_most(client, variant):
    [other] = make_sold_out("another", editions=("Linen",)).variants
    for _ in range(3):
        make_alert(other)
    make_alert(variant, EMAIL)
    sign_in(client, make_account("editor"))
    page = client.get("/admin/stock-alerts/").text
    assert page.index("Linen") < page.index(f"/admin/stock-alerts/{variant.id}")
    assert EMAIL in client.get(f"/admin/stock-alerts/{variant.id}").text
    assert client.get("/admin/stock-alerts/999").status_code == 404
    assert client.get(f"/admin/stock-alerts/{variant.id}?after=x").status_code == 404


@pytest.mark.parametrize("role", ["buyer", "moderator"])
def test_others_do_not(client, variant, role):
    sign_in(client, make_account(role))
    for path in ("", str(variant.id)):
        assert client.get(f"/admin/stock-alerts/{path}").status_code == 403


def test_what_is_known_of_a_person_is_handed_out_and_erased(variant):
    make_alert(variant, EMAIL)
    make_alert(variant, "other@example.org")
    [source] = [each for each in registry().personal_data if each.name == "stock_alerts"]
    [record] = source.export("Ruth@Example.org")
    assert (record["product"], record["state"]) == ("The Notebook", "waiting")
    with unit_of_work():
        source.erase("Ruth@Example.org")
    assert list(db.session.scalars(select(StockAlert.email))) == ["other@example.org"]
