"""Subscribers and letters in the back office."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select, update

from shop.blueprints.accounts import session_store
from shop.blueprints.accounts.models import AccountSession
from shop.blueprints.newsletter import campaigns, services
from shop.blueprints.newsletter.models import (
    Campaign,
    CampaignState,
    IssueDelivery,
    NewsletterSubscriber,
    SubscriberState,
)
from shop.core import clock, database, jobs, mail
from shop.core.errors import Refused
from shop.core.mail.models import Mail
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from shop.plugins import registry
from tests.factories.accounts import PASSWORD, make_account, sign_in
from tests.factories.newsletter import make_subscriber

LETTER = {
    "subject": "A letter for {{7*7}}",
    "body": "## Hello\n\nRead [this](/articles/x) <b>now</b>.",
}


@pytest.fixture
def editor(client):
    return sign_in(
        client, make_account("editor", "editor@example.org", given=["newsletter.manage"])
    )


@pytest.fixture
def draft(app) -> Campaign:
    with unit_of_work():
        return campaigns.write_issue(**LETTER)


@pytest.mark.parametrize("path", ["", "subscribers.csv", "letters", "letters/new", "letters/1"])
@pytest.mark.parametrize("role", [None, "buyer", "moderator"])
def test_only_those_who_may_get_in(client, draft, path, role):
    if role:
        sign_in(client, make_account(role))
    answer = client.get(f"/admin/newsletter/{path}")
    assert answer.status_code in {302, 303, 403, 404}
    assert "example.org" not in answer.text


def test_states_are_counted_and_filtered(editor):
    make_subscriber("ann@example.org")
    make_subscriber("bob@example.org", SubscriberState.PENDING)
    page = editor.get("/admin/newsletter/").text
    assert "ann@example.org" in page
    assert "bob@example.org" in page
    page = editor.get("/admin/newsletter/?state=pending").text
    assert "ann@example.org" not in page
    assert "bob@example.org" in page
    page = editor.get("/admin/newsletter/?q=AN").text
    assert "ann@example.org" in page
    assert "bob@example.org" not in page


@pytest.mark.parametrize("query", ["q=%25", "q=_", "q=%27;drop", "state=x&q=\u202e", "after=x"])
def test_a_strange_search_finds_nothing_and_breaks_nothing(editor, query):
    make_subscriber("ann@example.org")
    answer = editor.get(f"/admin/newsletter/?{query}")
    assert answer.status_code in {200, 404}
    assert "ann@example.org" not in answer.text


def test_pages_follow_each_other_without_gap(editor):
    emails = {make_subscriber().email for _ in range(60)}
    seen: list[str] = []
    path = "/admin/newsletter/"
    while path:
        page = editor.get(path).text
        seen += re.findall(r'<th scope="row">([^<]+)', page)
        found = re.search(r'rel="next" href="([^"]+)', page)
        path = found[1].replace("&amp;", "&") if found else ""
    assert len(seen) == 60
    assert set(seen) == emails


def test_those_ticked_are_removed(editor):
    gone, kept = make_subscriber(), make_subscriber()
    answer = editor.post("/admin/newsletter/removal", data={"ids": [gone.id, "x", "9" * 30, -1]})
    assert answer.status_code == 303
    assert db.session.scalars(select(NewsletterSubscriber.email)).all() == [kept.email]


def test_an_export_holds_the_confirmed_and_runs_no_formula(editor):
    for email in ("=cmd()@example.org", "+1@example.org", "-1@example.org", "ann@example.org"):
        make_subscriber(email)
    make_subscriber("bob@example.org", SubscriberState.PENDING)
    with editor.get("/admin/newsletter/subscribers.csv") as answer:
        assert "attachment" in answer.headers["Content-Disposition"]
        assert answer.headers["Cache-Control"] == "private, no-store"
        rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["email"] for row in rows] == [
        "'=cmd()@example.org",
        "'+1@example.org",
        "'-1@example.org",
        "ann@example.org",
    ]


@pytest.mark.parametrize("is_guarded", [True, False], ids=["guarded", "control"])
def test_an_export_wants_the_password_once_more(editor, monkeypatch, is_guarded):
    with unit_of_work():
        db.session.execute(update(AccountSession).values(proved_at=None))
    if not is_guarded:
        monkeypatch.setattr(session_store, "was_proved", lambda _token: True)
    with editor.get("/admin/newsletter/subscribers.csv") as answer:
        assert (answer.status_code, answer.mimetype) == (
            (303, "text/html") if is_guarded else (200, "text/csv")
        )
    if is_guarded:
        asked = answer.location
        assert "/account/proof?next=" in asked
        back = editor.post(asked, data={"proof": PASSWORD}).location
        with editor.get(back) as answer:
            assert answer.mimetype == "text/csv"


def test_a_letter_is_written_looked_at_and_changed(editor):
    answer = editor.post("/admin/newsletter/letters", data=LETTER)
    assert answer.status_code == 303
    page = editor.get(answer.location).text
    assert "A letter for {{7*7}}" in page
    assert 'href="http://localhost/articles/x"' in page
    assert "<b>now" not in page
    editor.post(answer.location, data={**LETTER, "subject": "Another"})
    assert "Another" in editor.get(answer.location).text
    assert "Another" in editor.get(answer.location + "/edit").text


@pytest.mark.parametrize(
    ("field", "value"),
    [("subject", ""), ("subject", "x\r\nBcc: y@z.org"), ("subject", "x" * 151), ("body", "")],
)
def test_a_bad_letter_is_said_and_kept(editor, field, value):
    answer = editor.post("/admin/newsletter/letters", data={**LETTER, field: value})
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert db.session.scalars(select(Campaign)).all() == []


def test_a_copy_goes_to_its_writer_alone(editor, draft, outbox, run_jobs):
    make_subscriber()
    editor.post(f"/admin/newsletter/letters/{draft.id}/test")
    run_jobs()
    assert [mail["To"] for mail in outbox.messages] == ["editor@example.org"]


def test_an_image_is_no_wider_than_its_letter(editor, outbox, run_jobs):
    with unit_of_work():
        issue = campaigns.write_issue(subject="Doors", body="![A door](/media/door.webp)")
    editor.post(f"/admin/newsletter/letters/{issue.id}/test")
    run_jobs()
    html = outbox.messages[0].get_body(("html",)).get_content()
    [image] = re.findall(r"<img[^>]*door\.webp[^>]*>", html)
    assert "max-width: 100%" in image


def test_a_letter_goes_to_everyone_confirmed_once(editor, draft, outbox, run_jobs, monkeypatch):
    monkeypatch.setattr(campaigns, "BATCH", 3)
    wanted = {make_subscriber().email for _ in range(7)}
    make_subscriber(state=SubscriberState.PENDING)
    make_subscriber(state=SubscriberState.LEFT)
    for _ in range(2):
        assert editor.post(f"/admin/newsletter/letters/{draft.id}/sending").status_code == 303
    run_jobs()
    assert outbox.messages == []  # it may still be cancelled
    with time_machine.travel(clock.now() + campaigns.TIME_TO_CANCEL, tick=False):
        run_jobs()
    assert sorted(mail["To"] for mail in outbox.messages) == sorted(wanted)
    mail = outbox.messages[0]
    assert mail["Subject"] == LETTER["subject"]
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = mail["List-Unsubscribe"].strip("<>")
    for kind in ("plain", "html"):
        content = mail.get_body((kind,)).get_content()
        assert "http://localhost/articles/x" in content
        assert link in content
    [campaign] = db.session.scalars(select(Campaign))
    assert (campaign.state, campaign.recipients) == (CampaignState.SENT, 7)
    assert editor.post(f"/admin/newsletter/letters/{draft.id}/sending").status_code == 303
    db.session.expire_all()
    assert campaign.state == CampaignState.SENT
    assert "7 of 7" in editor.get(f"/admin/newsletter/letters/{draft.id}").text


def test_a_kill_between_batches_repeats_nobody(draft, outbox, run_jobs, monkeypatch):
    monkeypatch.setattr(campaigns, "BATCH", 2)
    wanted = [make_subscriber().email for _ in range(5)]
    with unit_of_work():
        campaigns.send_issue(campaigns.campaign_or_404(draft.id), after=timedelta())
    render, calls = campaigns.letter, []

    def die_in_the_second_batch(campaign):
        calls.append(campaign)
        if len(calls) == 2:
            raise RuntimeError("killed")
        return render(campaign)

    monkeypatch.setattr(campaigns, "letter", die_in_the_second_batch)
    run_jobs()
    assert db.session.scalar(select(func.count()).select_from(IssueDelivery)) == 2
    with unit_of_work() as session:
        for job in session.scalars(select(jobs.Job).where(jobs.Job.kind == campaigns.JOB)):
            job.run_at = job.created_at
    run_jobs()
    assert sorted(mail["To"] for mail in outbox.messages) == sorted(wanted)


def test_a_batch_that_runs_twice_writes_to_nobody_twice(draft, outbox, run_jobs):
    make_subscriber()
    with unit_of_work():
        campaigns.send_issue(campaigns.campaign_or_404(draft.id), after=timedelta())
    for queue in [campaigns.send_batch({"campaign_id": draft.id}) for _ in range(2)]:
        with unit_of_work():
            queue()
    with unit_of_work():
        campaigns.campaign_or_404(draft.id).reached_id = 0
    run_jobs()
    assert len(outbox.messages) == 1


def test_others_can_write_while_copies_are_rendered_and_who_leaves_then_gets_none(
    draft, outbox, monkeypatch
):
    leaving, staying = make_subscriber(), make_subscriber()
    with unit_of_work():
        campaigns.send_issue(campaigns.campaign_or_404(draft.id), after=timedelta())
    render, was_writing = mail.render_template, []

    def rendered(*given, **named):
        was_writing.append(database.writing.get())
        return render(*given, **named)

    monkeypatch.setattr(mail, "render_template", rendered)
    queue = campaigns.send_batch({"campaign_id": draft.id})
    assert set(was_writing) == {False}
    with unit_of_work() as session:
        services.end_subscription(session.merge(leaving))
    with unit_of_work():
        queue()
    assert set(was_writing) == {False}
    assert db.session.scalars(select(Mail.recipient)).all() == [staying.email]


def test_who_leaves_while_a_letter_is_sent_gets_none(draft, client, run_jobs):
    subscriber = make_subscriber()
    with unit_of_work():
        campaigns.send_issue(campaigns.campaign_or_404(draft.id), after=timedelta())
    client.post(f"/newsletter/unsubscribe/{subscriber.token}")
    run_jobs()
    assert db.session.scalars(select(Mail)).all() == []


def test_a_sending_can_be_cancelled_until_it_begins(editor, draft, outbox, run_jobs):
    make_subscriber()
    path = f"/admin/newsletter/letters/{draft.id}"
    assert "Send to 1 subscriber" in editor.get(path).text
    pressed = clock.now()
    editor.post(f"{path}/sending")
    assert "Cancel sending" in editor.get(path).text
    assert editor.post(f"{path}/cancellation").status_code == 303
    assert "Send to 1 subscriber" in editor.get(path).text
    with time_machine.travel(pressed + timedelta(minutes=4), tick=False):
        editor.post(f"{path}/sending")
    with time_machine.travel(pressed + timedelta(minutes=6), tick=False):
        run_jobs()
        assert (
            outbox.messages == []
        )  # the first press was cancelled, and is not the second one's job
    with time_machine.travel(pressed + timedelta(minutes=10), tick=False):
        run_jobs()
        assert len(outbox.messages) == 1
        assert editor.post(f"{path}/cancellation").status_code == 422


def test_a_letter_to_nobody_is_refused(editor, draft):
    answer = editor.post(f"/admin/newsletter/letters/{draft.id}/sending")
    assert answer.status_code == 422
    assert "No subscribers have confirmed" in answer.text


def test_a_letter_on_its_way_is_neither_changed_nor_removed(editor, draft, outbox):
    make_subscriber()
    editor.post(f"/admin/newsletter/letters/{draft.id}/sending")
    assert editor.get(f"/admin/newsletter/letters/{draft.id}/edit").status_code == 404
    assert editor.post(f"/admin/newsletter/letters/{draft.id}", data=LETTER).status_code == 404
    assert editor.post(f"/admin/newsletter/letters/{draft.id}/removal").status_code == 422
    with pytest.raises(Refused), unit_of_work():
        campaigns.rewrite(campaigns.campaign_or_404(draft.id), **LETTER)


def test_what_is_known_of_a_person_is_handed_out_and_erased(app):
    make_subscriber("ann@example.org")
    [source] = [each for each in registry().personal_data if each.name == "newsletter"]
    [record] = source.export("Ann@Example.org")
    assert (record["state"], record["asked_on"]) == ("confirmed", "/newsletter")
    with unit_of_work():
        source.erase("Ann@Example.org")
    assert source.export("ann@example.org") == []
    assert db.session.scalars(select(NewsletterSubscriber)).all() == []
