"""Moderators decide: recorded, undoable, never over each other's heads."""

from __future__ import annotations

import re
import threading

import pytest
from sqlalchemy import select

from shop.app import create_app
from shop.blueprints.comments import decisions, queries, tallies
from shop.blueprints.comments.models import Comment, Decision, State
from shop.cli import commands
from shop.core.app_state import app_state
from shop.core.errors import Refused
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from shop.plugins.api.events import (
    CommentApproved,
    CommentMarkedSpam,
    CommentRejected,
    CommentReturned,
)
from tests.conftest import FreshClient
from tests.factories.accounts import make_account, sign_in
from tests.factories.comments import make_article, make_comment

QUEUE = "/admin/comments/"


@pytest.fixture
def article(app):
    return make_article(title="Eight keys to trust")


@pytest.fixture
def comment(article):
    return make_comment(article, State.WAITING, body="Small promises, *kept*.")


@pytest.fixture
def moderator(app):
    return make_account("moderator", name="Mia")


@pytest.fixture
def desk(client, moderator):
    """The browser of a moderator."""
    return sign_in(client, moderator)


def log():
    return list(db.session.scalars(select(Decision).order_by(Decision.id)))


def undo_url(page):
    return re.search(r'action="([^"]*/undo[^"]*)"', page)[1].replace("&amp;", "&")


def test_approving_shows_the_comment_to_the_next_stranger(app, desk, article, comment):
    stranger = app.test_client()
    assert "Small promises" not in stranger.get(f"/articles/{article.slug}").text
    answer = desk.post(f"{QUEUE}{comment.id}/approve?state=waiting")
    assert (answer.status_code, answer.location) == (303, f"{QUEUE}?state=waiting")
    assert "Small promises, <em>kept</em>." in stranger.get(f"/articles/{article.slug}").text


def test_a_stranger_of_another_process_sees_it_at_once(app, desk, article, comment):
    other = create_app(app_state().config)
    other.test_client_class = FreshClient
    stranger = other.test_client()
    address = f"/articles/{article.slug}"
    assert "Small promises" not in stranger.get(address).text
    desk.post(f"{QUEUE}{comment.id}/approve?state=waiting")
    assert "Small promises" in stranger.get(address).text
    desk.post(f"{QUEUE}{comment.id}/spam?state=approved")
    assert "Small promises" not in stranger.get(address).text
    with other.app_context():
        db.engine.dispose()


def test_what_the_command_line_changes_shows_at_once(app, client, article, comment):
    assert "Small promises" not in client.get(f"/articles/{article.slug}").text
    answer = app.test_cli_runner().invoke(commands(app), ["comments", "approve", str(comment.id)])
    assert (answer.exit_code, answer.output) == (0, "1 now approved, 0 left as they were\n")
    assert "Small promises" in client.get(f"/articles/{article.slug}").text
    assert [(each.by_id, each.by_name) for each in log()] == [(None, "")]


def test_the_command_line_decides_on_all_or_none(app, comment):
    runner = app.test_cli_runner()
    answer = runner.invoke(commands(app), ["comments", "spam", str(comment.id), "999"])
    assert answer.exit_code == 1
    assert "there is no comment 999" in answer.output
    db.session.rollback()
    assert queries.comment_or_404(comment.id).state == State.WAITING
    assert f"{comment.id}  " in runner.invoke(commands(app), ["comments", "list"]).output


def test_approving_twice_publishes_once(comment, moderator, published):
    for _ in range(2):
        with unit_of_work():
            decisions.approve(comment, by=moderator)
    assert published == [CommentApproved(comment.id)]
    assert len(log()) == 1


def test_each_decision_is_recorded_and_told(comment, moderator, published):
    with unit_of_work():
        decisions.mark_spam(comment, by=moderator)
    with unit_of_work():
        decisions.reject(comment, by=moderator)
    assert published == [CommentMarkedSpam(comment.id), CommentRejected(comment.id)]
    assert [(each.from_state, each.to_state, each.by_id, each.by_name) for each in log()] == [
        ("waiting", "spam", moderator.id, "Mia"),
        ("spam", "rejected", moderator.id, "Mia"),
    ]
    assert log()[0].decided_at.tzinfo is not None


def test_the_second_of_two_moderators_is_told(app, desk, article, comment, moderator):
    colleague = sign_in(app.test_client(), make_account("editor", name="Edda"))
    desk.post(f"{QUEUE}{comment.id}/approve?state=waiting")
    answer = colleague.post(f"{QUEUE}{comment.id}/spam?state=waiting", follow_redirects=True)
    assert "someone else decided on it in the meantime" in answer.text
    db.session.expire_all()
    assert comment.state == State.APPROVED
    assert len(log()) == 1


def test_two_moderators_of_one_mind_are_both_content(app, desk, comment):
    colleague = sign_in(app.test_client(), make_account("editor"))
    desk.post(f"{QUEUE}{comment.id}/approve?state=waiting")
    answer = colleague.post(f"{QUEUE}{comment.id}/approve?state=waiting", follow_redirects=True)
    assert "someone else decided" not in answer.text
    assert len(log()) == 1


def test_at_the_same_moment_exactly_one_decides(app, comment, moderator):
    comment_id, account_id = comment.id, moderator.id
    db.session.rollback()
    gate, outcomes = threading.Barrier(6), []

    def decide(to):
        with app.app_context():
            found = queries.comment_or_404(comment_id)
            gate.wait()
            try:
                with unit_of_work():
                    to(found, by=db.session.get(type(moderator), account_id), seen=State.WAITING)
                outcomes.append(to)
            except Refused:
                pass

    verbs = [decisions.approve, decisions.mark_spam, decisions.reject] * 2
    threads = [threading.Thread(target=decide, args=(verb,)) for verb in verbs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(log()) == 1
    assert len(set(outcomes)) == 1
    assert sum(tallies.by_state().values()) == 1


def test_undo_restores_the_state_and_is_recorded(desk, comment, published):
    page = desk.post(f"{QUEUE}{comment.id}/spam?state=waiting", follow_redirects=True).text
    assert "1 comment marked as spam" in page
    published.clear()
    page = desk.post(undo_url(page), follow_redirects=True).text
    assert "1 decision undone" in page
    db.session.expire_all()
    assert comment.state == State.WAITING
    first, second = log()
    assert (second.from_state, second.to_state, second.undoes_id) == ("spam", "waiting", first.id)
    assert first.undone_at is not None
    assert published == [CommentReturned(comment.id)]


def test_undoing_twice_changes_nothing(desk, comment):
    page = desk.post(f"{QUEUE}{comment.id}/spam?state=waiting", follow_redirects=True).text
    desk.post(undo_url(page))
    assert "already been undone" in desk.post(undo_url(page), follow_redirects=True).text
    assert len(log()) == 2


def test_undo_never_overwrites_a_later_decision(comment, moderator):
    with unit_of_work():
        decisions.mark_spam(comment, by=moderator)
    [first] = log()
    # Back and forth: the state is again what the first decision made it, but it is another's by now.
    with unit_of_work():
        decisions.approve(comment, by=moderator)
    with unit_of_work():
        decisions.mark_spam(comment, by=moderator)
    with pytest.raises(Refused), unit_of_work():
        decisions.undo(first, by=moderator)
    assert comment.state == State.SPAM
    assert len(log()) == 3


def test_undo_of_an_approval_hides_the_comment_again(app, desk, article, comment):
    page = desk.post(f"{QUEUE}{comment.id}/approve?state=waiting", follow_redirects=True).text
    stranger = app.test_client()
    assert "Small promises" in stranger.get(f"/articles/{article.slug}").text
    desk.post(undo_url(page))
    assert "Small promises" not in stranger.get(f"/articles/{article.slug}").text


def test_several_are_decided_and_undone_at_once(desk, article):
    comments = [make_comment(article, State.WAITING) for _ in range(5)]
    ids = [str(comment.id) for comment in comments[:4]]
    answer = desk.post(
        f"{QUEUE}decisions?state=waiting", data={"ids": ids, "verb": "spam"}, follow_redirects=True
    )
    assert "4 comments marked as spam" in answer.text
    assert tallies.by_state()[State.SPAM] == 4
    desk.post(undo_url(answer.text))
    assert tallies.by_state() == {
        State.WAITING: 5,
        State.APPROVED: 0,
        State.SPAM: 0,
        State.REJECTED: 0,
    }


def test_a_made_up_selection_changes_nothing(desk, comment):
    for ids in ([], ["x"], ["-1"], ["0"], ["9" * 30], ["٣"], ["1e9"], ["", "1 OR 1=1"]):
        answer = desk.post(f"{QUEUE}decisions?state=waiting", data={"ids": ids, "verb": "approve"})
        assert answer.status_code == 303, ids
    assert log() == []


def test_what_is_not_there_is_404(desk, comment):
    for address in (
        "decisions?state=waiting",
        "1/erase?state=waiting",
        "999/approve?state=waiting",
        "1/approve?state=erased",
        "1/approve?state=nonsense",
        "decisions/999/undo",
        "batches/nothing/undo",
    ):
        assert desk.post(QUEUE + address, data={"ids": ["1"]}).status_code == 404, address
    assert log() == []


def test_waiting_is_first_in_first_out_with_evidence_in_words(client, desk, article):
    first = make_comment(article, State.WAITING)
    second = make_comment(article, State.WAITING)
    with unit_of_work():
        first.evidence = [{"check": "links", "reason": "3 links", "points": 3}]
    page = desk.get(QUEUE).text
    assert page.index(first.author_name) < page.index(second.author_name)
    assert '<span class="pill pill--bad">3 links</span>' in page
    assert "Waiting 2" in page
    for button, key in (("Approve", "a"), ("Spam", "s"), ("Reject", "r")):
        assert re.search(rf'data-key="{key}"[^>]*>{button}<', page)


def test_the_queue_goes_on_after_the_last_row(desk, article):
    comments = [make_comment(article, State.WAITING) for _ in range(53)]
    first = desk.get(QUEUE).text
    assert comments[49].author_name + "<" in first
    assert comments[50].author_name + "<" not in first
    further = re.search(r'href="([^"]*after=[^"]*)"', first)[1].replace("&amp;", "&")
    second = desk.get(further).text
    assert [f"{comment.author_name}<" in second for comment in comments[48:]] == [
        False,
        False,
        True,
        True,
        True,
    ]
    with unit_of_work():
        decisions.decide(comments[50:], State.APPROVED, by=None)
    answer = desk.get(further)
    assert (answer.status_code, answer.location) == (303, f"{QUEUE}?state=waiting")
    assert desk.get(f"{QUEUE}?after=nonsense").status_code == 404


def test_search_and_filters_stand_in_the_address(desk, article):
    other = make_article()
    one = make_comment(
        article, State.SPAM, body="Write to Doctor 100% Love", email="Doc@example.org"
    )
    two = make_comment(other, State.SPAM, body="Cheap watches, no Ärger", author_name="Özil")

    def found(query):
        page = desk.get(f"{QUEUE}?state=spam&{query}").text
        return [f"{each.author_name}<" in page for each in (one, two)]

    assert found("q=100%25+love") == [True, False]
    assert found("q=%25") == [True, False]
    assert found("q=Ärger") == [False, True]
    assert found("by=Özil") == [False, True]
    assert found("q=DOC@example.org") == [True, False]
    assert found(f"article={other.slug}") == [False, True]
    assert found("q=" + "x" * 5000) == [False, False]
    answer = desk.post(f"{QUEUE}{one.id}/approve?state=spam&q=love")
    assert answer.location == f"{QUEUE}?state=spam&q=love"


def test_the_log_says_who_and_undoes(desk, comment):
    desk.post(f"{QUEUE}{comment.id}/reject?state=waiting")
    page = desk.get(f"{QUEUE}decisions").text
    assert "Mia" in page
    answer = desk.post(undo_url(page), follow_redirects=True)
    assert "1 decision undone" in answer.text
    assert f"/decisions/{log()[0].id}/undo" not in answer.text
    db.session.expire_all()
    assert comment.state == State.WAITING


@pytest.mark.parametrize(("role", "status"), [("buyer", 403), ("moderator", 200), ("editor", 200)])
def test_only_who_may_moderate_does(client, comment, role, status):
    sign_in(client, make_account(role))
    assert client.get(QUEUE).status_code == status
    answer = client.post(f"{QUEUE}{comment.id}/approve?state=waiting")
    assert answer.status_code == (303 if status == 200 else 403)
    db.session.expire_all()
    assert (db.session.get(Comment, comment.id).state == State.APPROVED) is (status == 200)


def test_the_record_outlives_the_account(comment, moderator):
    with unit_of_work():
        decisions.approve(comment, by=moderator)
    with unit_of_work():
        db.session.delete(moderator)
    assert [(each.by_id, each.by_name) for each in log()] == [(None, "Mia")]
