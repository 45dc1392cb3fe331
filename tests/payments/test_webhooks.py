"""What providers tell us: only what is genuine, once, and never believed without asking."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from shop.blueprints.payments.webhooks.models import WebhookEvent
from shop.core.jobs import Job, JobState
from shop.extensions import db
from tests import controls
from tests.factories.orders import at_once, make_order, make_payment, paid, this_app
from tests.payments.test_settling import seen

GENUINE = {"X-Till": "genuine"}


def tell(client, body, headers=None):
    return client.post("/webhooks/till", data=body, headers=GENUINE if headers is None else headers)


def events():
    return db.session.scalars(select(WebhookEvent)).all()


def test_a_webhook_is_answered_at_once_and_acted_on_by_a_job(client, till, run_jobs, outbox):
    order = make_order()
    till.verdicts["ref-1"] = paid(make_payment(order))
    assert tell(client, "evt-1 ref-1").status_code == 200
    assert (seen(order).state, till.looked_up) == ("awaiting_payment", [])
    run_jobs()
    assert seen(order).is_paid
    assert [event.outcome for event in events()] == ["paid"]


def test_webhook_replayed(client, till, run_jobs, outbox):
    """The same message again, and another about the same thing, have one effect."""
    order = make_order()
    till.verdicts["ref-1"] = paid(make_payment(order))
    for body in ("evt-1 ref-1", "evt-1 ref-1", "evt-2 ref-1"):
        assert tell(client, body).status_code == 200
    run_jobs()
    assert [event.outcome for event in events()] == ["paid", "known"]
    assert len(outbox.messages) == 1


@controls.on_sqlite
def test_control_webhook_replayed(client, till, run_jobs, outbox):
    with controls.failing_without("a webhook is stored once"):
        test_webhook_replayed(client, till, run_jobs, outbox)


def test_the_same_webhook_many_times_at_once_is_stored_once(app, till):
    real_app = this_app()
    answers = at_once(real_app, 6, lambda _n: tell(real_app.test_client(), "evt-1 ref-1"))
    assert [answer.status_code for answer in answers] == [200] * 6
    assert len(events()) == 1


def test_webhook_forged(client, till):
    assert tell(client, "evt-1 ref-1", {}).status_code == 400
    assert tell(client, "evt-1 ref-1", {"X-Till": "forged"}).status_code == 400
    assert events() == []


def test_a_webhook_is_not_believed(client, till, run_jobs):
    """It says that something happened; the provider, when asked, says that nothing did."""
    order = make_order()
    make_payment(order)
    tell(client, "evt-1 ref-1")
    run_jobs()
    assert (seen(order).state, till.looked_up) == ("awaiting_payment", ["ref-1"])


def test_a_webhook_from_another_site_is_let_in(client, till):
    headers = GENUINE | {"Sec-Fetch-Site": "cross-site", "Origin": "https://pay.example"}
    assert tell(client, "evt-1 ref-1", headers).status_code == 200


def test_a_body_that_is_too_large_is_refused_before_it_is_read(client, till):
    assert tell(client, "x" * (256 * 1024 + 1)).status_code == 413
    assert events() == []


def test_unknown_providers_have_no_door(client, till):
    assert client.post("/webhooks/nobody", data="x").status_code == 404
    assert client.get("/webhooks/till").status_code == 405


def test_our_own_failure_is_answered_so_that_it_comes_again(client, till):
    till.is_away = True
    assert tell(client, "evt-1 ref-1").status_code == 500


def test_a_webhook_that_overtakes_us_is_tried_again(client, till, run_jobs):
    tell(client, "evt-1 unheard-of")
    run_jobs()
    [job] = db.session.scalars(select(Job).where(Job.kind == "payments.webhook"))
    assert (job.state, job.attempts) == (JobState.WAITING, 1)
    assert "PaymentUnknown" in job.error


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"{}", b"evt " + b"r" * 300])
def test_odd_bodies_are_no_error_of_ours(client, till, body):
    assert tell(client, body).status_code in {200, 400}
