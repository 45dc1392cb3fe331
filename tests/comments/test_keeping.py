"""What is kept: numbers, what others bring in, what a person may have back or erased."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from shop.blueprints.comments import decisions, places, services, tallies
from shop.blueprints.comments.authors import services as own_comments
from shop.blueprints.comments.judging.models import RescanFinding
from shop.blueprints.comments.judging.rescans import jobs, rescan
from shop.blueprints.comments.models import Comment, State, Tally
from shop.blueprints.comments.moderation import picks
from shop.blueprints.comments.moderation.models import Act
from shop.blueprints.comments.reading import threads
from shop.core.errors import Refused
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from shop.plugins import registry
from tests.comments.test_evidence import DEMO
from tests.factories.comments import all_comments, make_article, make_comment

WRITTEN = datetime(2019, 3, 4, 5, 6, 7, tzinfo=UTC)


def bring_in(article, **values):
    given = {
        "import_key": "wordpress:7",
        "article_id": article.id,
        "author_name": "Anna",
        "email": "Anna@Example.org",
        "body": "From the *old* house.",
        "posted_at": WRITTEN,
        "state": "approved",
    }
    with unit_of_work():
        return services.import_comment(**{**given, **values})


def kept():
    return next(each for each in registry().personal_data if each.name == "comments")


def test_a_reply_joins_no_thread_of_another_article(app):
    top, _ = bring_in(make_article())
    astray, _ = bring_in(make_article(), import_key="wordpress:8", parent=top)
    assert (astray.parent_id, astray.reply_rank) == (None, 0)


def test_what_is_brought_in_keeps_state_date_and_thread(app, published):
    article = make_article()
    top, is_new = bring_in(article)
    reply, _ = bring_in(article, import_key="wordpress:8", parent=top, posted_at=WRITTEN)
    deep, _ = bring_in(article, import_key="wordpress:9", parent=reply, posted_at=WRITTEN)
    assert is_new
    assert (top.posted_at, top.state, top.email) == (WRITTEN, "approved", "anna@example.org")
    assert top.body_html == "<p>From the <em>old</em> house.</p>\n"
    assert (reply.parent_id, deep.parent_id) == (top.id, top.id)
    assert threads.page_of_threads(article.id).count == 3
    assert published == []


def test_bringing_in_again_changes_nothing_not_even_what_was_moderated(app):
    article = make_article()
    first, _ = bring_in(article)
    with unit_of_work():
        decisions.mark_spam(first, by=None)
    second, is_new = bring_in(article, body="Changed elsewhere.")
    assert (second.id, is_new, second.state) == (first.id, False, State.SPAM)
    assert len(all_comments()) == 1


@pytest.mark.parametrize("body", ["", " \n ", "x" * 10_001])
def test_what_can_not_come_in_is_refused_with_a_reason(app, body):
    article = make_article()
    with pytest.raises(Refused):
        bring_in(article, body=body)
    assert all_comments() == []


def test_what_is_brought_in_is_seen_at_once(client):
    article = make_article()
    client.get(f"/articles/{article.slug}")
    bring_in(article, author_name="A\nn\x00na" + "x" * 200)
    page = client.get(f"/articles/{article.slug}").text
    assert "From the <em>old</em> house." in page
    assert "4 March 2019</time>" in page


def test_a_person_gets_back_what_is_kept(app):
    article = make_article()
    bring_in(article)
    make_comment(article, email="somebody@example.org")
    [row] = kept().export("ANNA@example.org")
    assert row == {
        "written": WRITTEN.isoformat(),
        "article": article.slug,
        "name": "Anna",
        "comment": "From the *old* house.",
        "state": "approved",
    }


def test_erasing_takes_all_but_the_place(client):
    article = make_article()
    top, _ = bring_in(article)
    make_comment(article, parent=top, body="A reply of somebody else.")
    assert "From the <em>old</em>" in client.get(f"/articles/{article.slug}").text
    with unit_of_work():
        kept().erase("anna@EXAMPLE.org")
    page = client.get(f"/articles/{article.slug}").text
    assert "From the <em>old</em>" not in page
    assert "A reply of somebody else." in page
    assert kept().export("anna@example.org") == []
    row = repr(db.session.execute(db.text("SELECT * FROM comment WHERE id = 1")).one())
    assert "nna" not in row
    assert "old" not in row
    assert tallies.by_state()[State.APPROVED] == 1
    assert bring_in(article)[1] is False


def test_erasing_leaves_no_pin_no_evidence_and_no_name_in_the_log(app):
    article = make_article()
    comment, _ = bring_in(article, author_name="Anna Lind", body=DEMO["love-spell"]["body"])
    namesake = make_comment(article, author_name="Somebody Else")
    with unit_of_work():
        picks.pin(comment, by=None)
        picks.highlight(comment, by=None)
        picks.highlight(namesake, by=None)
        begun = rescan.start_rescan(None).id
    assert jobs.run_through(begun).found == 1
    with unit_of_work():
        own_comments.erase("anna@example.org")
    assert comment.thread_rank != places.PINNED_RANK
    assert (comment.pinned_at, comment.highlighted_at) == (None, None)
    assert db.session.query(RescanFinding).count() == 0
    assert sorted(act.subject for act in db.session.query(Act)) == ["", "", "Somebody Else"]


def test_what_is_erased_while_a_rescan_judges_it_is_not_quoted(app, monkeypatch):
    comment, _ = bring_in(make_article(), body=DEMO["love-spell"]["body"])
    judged = jobs._judged

    def judged_slowly(row):
        found = judged(row)
        with unit_of_work():
            own_comments.erase("anna@example.org")
        return found

    monkeypatch.setattr(jobs, "_judged", judged_slowly)
    with unit_of_work():
        begun = rescan.start_rescan(None).id
    jobs.run_through(begun)
    assert comment.state == State.ERASED
    assert db.session.query(RescanFinding).count() == 0


def test_what_was_erased_is_not_moderated_any_more(app):
    article = make_article()
    comment, _ = bring_in(article)
    with unit_of_work():
        decisions.mark_spam(comment, by=None)
    decision = db.session.scalars(select(decisions.Decision)).one()
    with unit_of_work():
        own_comments.erase("anna@example.org")
    for verb in (decisions.approve, decisions.reject):
        with pytest.raises(Refused), unit_of_work():
            verb(comment, by=None)
    with pytest.raises(Refused), unit_of_work():
        decisions.undo(decision, by=None)
    assert all_comments()[0].state == State.ERASED


def test_the_numbers_stay_true_through_everything(app):
    articles = [make_article(), make_article()]
    comments = [
        make_comment(article, state)
        for article in articles
        for state in (State.WAITING, State.APPROVED, State.APPROVED, State.SPAM)
    ]
    with unit_of_work():
        decisions.decide(comments[:5], State.APPROVED, by=None)
    with unit_of_work():
        outcome = decisions.decide(comments[3:7], State.REJECTED, by=None)
    made = db.session.scalars(
        select(decisions.Decision).where(decisions.Decision.batch == outcome.batch)
    ).all()
    with unit_of_work():
        decisions.undo_all(made[:2], by=None)
    _assert_true(articles)
    with unit_of_work():
        tallies.merge_changes()
    _assert_true(articles)
    assert db.session.scalar(select(func.count()).select_from(Tally)) <= 6
    with unit_of_work():
        tallies.recount()
    _assert_true(articles)


def _assert_true(articles):
    counted = dict(
        db.session.execute(select(Comment.state, func.count()).group_by(Comment.state)).all()
    )
    assert tallies.by_state() == {
        state: counted.get(state, 0) for state in State if state is not State.ERASED
    }
    for article in articles:
        visible = [
            each for each in all_comments() if each.article_id == article.id and each.is_visible
        ]
        assert threads.page_of_threads(article.id).count == len(visible)


def test_a_removed_article_takes_its_comments_along(app):
    article = make_article()
    top = make_comment(article)
    make_comment(article, parent=top)
    with unit_of_work():
        decisions.mark_spam(top, by=None)
    with unit_of_work():
        db.session.execute(db.delete(type(article)).where(type(article).id == article.id))
        tallies.recount()
    assert all_comments() == []
    assert set(tallies.by_state().values()) == {0}
