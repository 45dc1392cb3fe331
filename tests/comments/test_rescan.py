"""A re-scan lists what it would hold now; readers see no change until a person chooses."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from shop.blueprints.comments import cli, decisions
from shop.blueprints.comments.judging.models import Rescan, RescanFinding
from shop.blueprints.comments.judging.rescans import jobs, rescan
from shop.blueprints.comments.models import Decision, State
from shop.blueprints.comments.moderation.queue import bulk
from shop.blueprints.comments.reasons import reason_in_words
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from tests.comments.test_evidence import DEMO
from tests.factories.accounts import make_account, sign_in
from tests.factories.comments import all_comments, make_article, make_comment, post


@pytest.fixture
def site(app):
    """An article with imported comments: honest ones, and two that somebody else had approved."""
    article = make_article()
    approved = [row["body"] for row in DEMO.values() if row["state"] == "approved"]
    honest = [make_comment(article, body=body) for body in approved[:5]]
    spam = [
        make_comment(article, body=DEMO[name]["body"]) for name in ("love-spell", "phone-hacker")
    ]
    return article, honest, spam


def scanned():
    with unit_of_work():
        begun = rescan.start_rescan(None).id
    return jobs.run_through(begun)


def listed(found):
    return {comment.id for _finding, comment in rescan.findings(found).items}


def test_it_lists_published_spam_with_reasons_and_changes_nothing(client, site):
    _article, _honest, spam = site
    found = scanned()
    assert (found.state, found.judged, found.found) == ("done", 7, 2)
    assert listed(found) == {comment.id for comment in spam}
    assert {comment.state for comment in all_comments()} == {State.APPROVED}
    [most, _next] = rescan.findings(found).items
    assert any("testimonial" in reason_in_words(each["reason"]) for each in most[0].evidence)


def test_a_comment_is_no_copy_of_itself_and_the_author_page_of_an_import_counts(app):
    article = make_article()
    long = "I wrote the list as you say, on the back of an envelope, and it is there still."
    make_comment(article, body=long)
    url = make_comment(
        article, body="Great article, keep it up!", author_url="https://sofas.example"
    )
    waiting = make_comment(article, State.WAITING, body=f"And another thing, which {long[2:]}")
    lone = make_comment(article, State.WAITING, body=DEMO["long-painful"]["body"])
    assert listed(scanned()) == {url.id}
    db.session.expire_all()
    assert "duplicates" in [each["check"] for each in waiting.evidence]
    assert "duplicates" not in [each["check"] for each in lone.evidence]


def test_what_a_moderator_approved_knowing_the_same_is_not_listed_again(site):
    """The control: what it was approved with is not what speaks against it now."""
    _article, _honest, spam = site
    for comment in spam:
        with unit_of_work():
            decisions.reject(comment, by=None)
            decisions.approve(comment, by=None)
    assert set(listed(scanned())) == {comment.id for comment in spam}
    jobs.weigh([spam[0].id])
    assert set(listed(scanned())) == {spam[1].id}


def test_jobs_carry_it_on_and_a_repeated_one_counts_nothing_twice(site, run_jobs, monkeypatch):
    monkeypatch.setattr(jobs, "CHUNK", 2)
    with unit_of_work():
        begun = rescan.start_rescan(None).id
        assert rescan.start_rescan(None).id == begun
    jobs.go_on({"rescan_id": begun, "after": 0})
    jobs.go_on({"rescan_id": begun, "after": 0})
    assert db.session.get(Rescan, begun).judged == 2
    run_jobs()
    db.session.expire_all()
    found = rescan.latest_rescan()
    assert (found.state, found.judged, found.found) == ("done", 7, 2)


def test_it_can_be_stopped(site, run_jobs, monkeypatch):
    monkeypatch.setattr(jobs, "CHUNK", 2)
    with unit_of_work():
        begun = rescan.start_rescan(None)
        rescan.stop_rescan(begun)
    run_jobs()
    assert (begun.state, begun.judged) == ("stopped", 0)


def test_what_waits_gets_fresh_evidence_and_keeps_how_it_was_sent(client, site):
    post(client, site[0], seconds="1", body="A thought of mine, nothing more.")
    comment = all_comments()[-1]
    with unit_of_work():
        comment.evidence = [*comment.evidence[:1], {"check": "gone", "reason": "x", "points": 9}]
    scanned()
    db.session.expire_all()
    said = [reason_in_words(each["reason"]) for each in comment.evidence]
    assert "Sent 1 second after the page was opened" in said
    assert "x" not in said
    assert comment.score < 9
    assert comment.state == State.WAITING


def test_a_moderator_holds_what_he_chooses_and_takes_it_back(client, site):
    _article, honest, spam = site
    found = scanned()
    sign_in(client, make_account("moderator"))
    page = client.get("/admin/comments/rescan").text
    assert "7 checked, 2 would be held now" in page
    assert "Reads like a testimonial" in page
    address = f"/admin/comments/rescan/{found.id}/findings"
    ids = [str(spam[0].id), str(honest[0].id), "x", "9" * 30]
    answer = client.post(address, data={"ids": ids, "verb": "hold"})
    assert answer.status_code == 303
    assert "1 comment held" in client.get(answer.location).text
    states = {comment.id: comment.state for comment in all_comments()}
    assert [each for each, state in states.items() if state == State.WAITING] == [spam[0].id]
    held = next(comment for comment in all_comments() if comment.id == spam[0].id)
    assert held.score > 5
    client.post(address, data={"ids": [str(spam[1].id)], "verb": "leave"})
    assert "Nothing left to review" in client.get("/admin/comments/rescan").text
    client.post("/admin/comments/rescan")
    found = jobs.run_through(rescan.latest_rescan().id)
    assert found.found == 0  # it is known with all that speaks against it
    left = db.session.scalar(select(Decision).where(Decision.comment_id == spam[1].id))
    assert (left.from_state, left.to_state) == (State.APPROVED, State.APPROVED)
    with unit_of_work():
        decisions.undo(left, by=None)
    client.post("/admin/comments/rescan")
    assert jobs.run_through(rescan.latest_rescan().id).found == 1
    assert client.post(address, data={"verb": "burn"}).status_code == 404
    assert client.post("/admin/comments/rescan/999/findings").status_code == 404


def test_holding_is_a_decision_and_one_that_was_decided_since_stays(site):
    _article, _honest, spam = site
    found = scanned()
    with unit_of_work():
        decisions.reject(spam[1], by=None)
    with unit_of_work():
        outcome = rescan.hold_findings(found, [comment.id for comment in spam], by=None)
    assert (outcome.decided, spam[1].state) == (1, State.REJECTED)
    with unit_of_work():
        bulk.undo_batch(outcome.batch, by=None)
    db.session.expire_all()
    assert spam[0].state == State.APPROVED


def test_the_pages_are_for_moderators(client, site):
    sign_in(client, make_account("buyer"))
    assert client.get("/admin/comments/rescan").status_code == 403
    assert client.post("/admin/comments/rescan").status_code == 403
    assert db.session.query(Rescan).count() == 0


def test_it_starts_and_stops_from_its_page(client, site, run_jobs):
    sign_in(client, make_account("moderator"))
    assert "No rescan yet" in client.get("/admin/comments/rescan").text
    client.post("/admin/comments/rescan")
    assert "<progress" in client.get("/admin/comments/rescan").text
    [begun] = db.session.query(Rescan).all()
    client.post(f"/admin/comments/rescan/{begun.id}/stop")
    assert "Stopped" in client.get("/admin/comments/rescan").text
    client.post("/admin/comments/rescan")
    run_jobs()
    db.session.expire_all()
    assert db.session.query(Rescan).one().state == "done"
    assert db.session.query(RescanFinding).count() == 2


def test_the_command_lists_and_holds_nothing(app, site):
    answer = app.test_cli_runner().invoke(cli.comments, ["rescan"])
    assert answer.exit_code == 0, answer.output
    assert "7 comments checked, 2 would be held now" in answer.output
    assert "testimonial" in answer.output
    assert {comment.state for comment in all_comments()} == {State.APPROVED}
