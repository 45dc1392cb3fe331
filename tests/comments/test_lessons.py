"""Every decision of a person teaches; what is undone is taken back."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from shop.blueprints.comments import decisions
from shop.blueprints.comments.authors import services as own_comments
from shop.blueprints.comments.judging import checks, standing
from shop.blueprints.comments.judging.folding import word_set
from shop.blueprints.comments.judging.learning import earlier_decisions, lessons
from shop.blueprints.comments.judging.learning.classifier import unpacked
from shop.blueprints.comments.judging.learning.features import features
from shop.blueprints.comments.judging.models import LearnedWeights, Lesson
from shop.blueprints.comments.judging.standing import Stands
from shop.blueprints.comments.models import Comment, State
from shop.blueprints.comments.moderation.queue import bulk
from shop.core.jobs import Job, enqueue
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from tests.comments.test_judging import reasons
from tests.factories.comments import make_article, make_comment

READERS = word_set(
    "wife mother sister brother friend neighbour teacher doctor nurse aunt uncle cousin father husband daughter son "
    "class group team boss"
)
SELLING = "Our moving company carries your piano gently, quotes by return, all weekend long."


def decide(comments, state):
    with unit_of_work():
        return decisions.decide(comments, state, by=None).batch


def likely(body=SELLING):
    return lessons.experience().classifier.probability(features(body))


@pytest.fixture
def selling(app):
    article = make_article()
    return [
        make_comment(article, State.WAITING, body=f"{SELLING} Number {number}.")
        for number in range(20)
    ]


def test_decisions_teach_and_are_taken_back(selling, run_jobs):
    before = likely()
    batch = decide(selling, State.SPAM)
    assert likely() == before
    run_jobs()
    assert likely() > 0.9
    assert lessons.experience().lessons == 20
    with unit_of_work():
        bulk.undo_batch(batch, by=None)
    run_jobs()
    assert lessons.experience().lessons == 0
    assert likely() == pytest.approx(before, abs=1e-4)
    assert max(map(abs, unpacked(db.session.get(LearnedWeights, 1).weights))) < 1e-4


def test_another_decision_teaches_the_opposite(selling, run_jobs):
    decide(selling, State.SPAM)
    run_jobs()
    decide(selling, State.APPROVED)
    run_jobs()
    assert likely() < 0.2
    assert lessons.experience().lessons == 20
    decide(selling, State.REJECTED)
    run_jobs()
    assert lessons.experience().lessons == 0


def test_many_decisions_are_learnt_by_one_job(selling, run_jobs):
    decide(selling, State.SPAM)
    run_jobs()
    learnt = select(func.count()).where(Job.kind == lessons.JOB)
    assert db.session.scalar(learnt) == 1
    decide(selling[:1], State.APPROVED)
    run_jobs()
    assert db.session.scalar(learnt) == 2
    assert not db.session.scalars(select(Lesson).where(Lesson.is_pending)).all()


def test_a_lesson_that_came_to_nothing_blocks_no_later_one(selling, run_jobs):
    with unit_of_work():
        batch = decisions.decide(selling[:1], State.SPAM, by=None).batch
        lessons.take_lesson(selling[0].id)
        bulk.undo_batch(batch, by=None)
        lessons.take_lesson(selling[0].id)
    run_jobs()
    decide(selling, State.SPAM)
    run_jobs()
    assert lessons.experience().lessons == 20


def test_the_site_speaks_of_wording_once_it_decided_on_enough_of_both(app, run_jobs):
    """In words that told, of this site's decisions alone; the control is one decision fewer."""
    article = make_article()
    spam = [
        make_comment(article, State.WAITING, body=f"{SELLING} {name}") for name in "abcdefghijkl"
    ]
    honest = [
        make_comment(article, State.WAITING, body=f"I read this to my {who} and we talked at last.")
        for who in sorted(READERS)
    ]
    rule = checks.WordingCheck()
    with app.test_request_context():
        decide(spam, State.SPAM)
        decide(honest[1:], State.APPROVED)
        run_jobs()
        assert reasons(rule, body=SELLING) == reasons(rule, body=honest[0].body) == []
        decide(honest[:1], State.APPROVED)
        run_jobs()
        [told] = reasons(rule, body=SELLING)
        assert told.startswith("Similar wording to spam on this site: “")
        [told] = reasons(rule, body=honest[0].body)
        assert told.startswith("Similar wording to comments that were approved here: “")
        assert "talked" in told or "read" in told
        french = "Notre entreprise est là pour vous et vos meubles, avec un devis dans la journée."
        assert reasons(rule, body=french) == []


def test_noting_a_decision_twice_counts_once(selling, run_jobs):
    decide(selling, State.SPAM)
    run_jobs()
    with unit_of_work():
        lessons.take_lesson(selling[0].id)
    run_jobs()
    comment = selling[0]
    stands = standing.standings(email=comment.email, address_key="", author=comment.author_name)
    assert [stands.email, stands.address, stands.name] == [Stands(0, 1), Stands(), Stands(0, 1)]


def test_the_erased_teach_nothing_any_more(selling, run_jobs):
    before = likely()
    comment = selling[0]
    email, author = comment.email, comment.author_name
    decide([comment], State.SPAM)
    run_jobs()
    with unit_of_work():
        own_comments.erase(email)
    run_jobs()
    assert lessons.experience().lessons == 0
    assert likely() == pytest.approx(before, abs=1e-4)
    stands = standing.standings(email=email, address_key="", author=author)
    assert stands.email == stands.name == Stands()
    assert db.session.get(Lesson, comment.id).features == b""


def test_how_senders_stand_is_said_in_words(app, run_jobs):
    article = make_article()
    for number, (email, name) in enumerate(
        [("bad@example.net", "Deals"), ("bad2@example.net", "Deals"), ("good@example.org", "Ruth")]
    ):
        comment = make_comment(article, State.WAITING, email=email, author_name=name)
        with unit_of_work():
            comment.address_key = "one" if number < 2 else "two"
        decide([comment], State.SPAM if number < 2 else State.APPROVED)
    run_jobs()
    with app.test_request_context():
        rule = checks.Reputation()
        assert reasons(rule, email="BAD@example.net", author="deals", address_key="one") == [
            "A comment from this email address was marked as spam",
            "2 comments from this IP address were marked as spam",
            "Comments by this name were marked as spam: 2",
        ]
        assert reasons(rule, email="good@example.org", address_key="two") == [
            "A comment from this email address was approved before"
        ]
        assert reasons(rule, email="new@example.org", author="New", address_key="") == []


def test_how_links_stand_is_said_with_the_decisions_behind_it(app, run_jobs):
    """By whose they are: other pages of the same owner count, those of a neighbour on a site of many do not."""
    article = make_article()
    for number in range(4):
        body = f"See https://shop{number}.deals.co.uk/{number} and https://t.me/quickloans today"
        spam = make_comment(article, State.WAITING, body=body, email=f"x{number}@quick.example")
        decide([spam], State.SPAM)
    source = make_comment(article, State.WAITING, body="Source: https://journal.example/a")
    decide([source], State.APPROVED)
    run_jobs()
    rule = checks.Reputation()
    with app.test_request_context():
        assert reasons(rule, body="www.deals.co.uk or [here](https://t.me/quickloans/7)") == [
            "4 comments with this link were spam here: deals.co.uk",
            "4 comments with this link were spam here: t.me/quickloans",
        ]
        assert reasons(rule, body="Find it at deals.co.uk/x.") == [
            "4 comments with this link were spam here: deals.co.uk"
        ]
        assert reasons(rule, body="https://t.me/honest https://other.co.uk") == []
        assert reasons(rule, email="new@mail.quick.example") == [
            "4 comments from addresses at quick.example were spam here"
        ]
        assert reasons(rule, body="https://www.journal.example/b") == [
            "A comment with this link was approved here: journal.example"
        ]
    with (
        unit_of_work()
    ):  # the text changes, and then its decision is taken back: what was counted goes
        source.body = "Nothing any more."
    decide([source], State.REJECTED)
    with app.test_request_context():
        run_jobs()
        assert reasons(rule, body="https://journal.example/b") == []


def test_imported_comments_teach_with_the_states_that_they_had(app, run_jobs):
    """Who moves here need not begin anew; the control: what waits, and what planted content brings, teaches nothing."""
    article = make_article()
    make_comment(article, State.SPAM)
    make_comment(article, State.WAITING, teaches=True)
    run_jobs()
    assert lessons.experience().lessons == 0
    spam = make_comment(
        article, State.SPAM, body=SELLING, email="sells@quick.example", teaches=True
    )
    make_comment(article, State.APPROVED, teaches=True)
    run_jobs()
    known = lessons.experience()
    assert (known.honest, known.spam) == (1, 1)
    with app.test_request_context():
        assert reasons(checks.Reputation(), email=spam.email) == [
            "A comment from this email address was marked as spam"
        ]
    decide([spam], State.APPROVED)
    run_jobs()
    assert (lessons.experience().honest, lessons.experience().spam) == (2, 0)


def test_decisions_from_before_links_had_a_standing_count_for_them_too(app, run_jobs, monkeypatch):
    monkeypatch.setattr(earlier_decisions, "HANDFUL", 2)
    article = make_article()
    body = f"{SELLING} https://piano.example/"
    comments = [make_comment(article, State.WAITING, body=body) for _each in range(5)]
    decide(comments, State.SPAM)
    run_jobs()
    of = {"email": "", "address_key": "", "author": "", "body": body}
    now = standing.standings(**of).links["piano.example"]
    with unit_of_work():
        for each in (lesson.counted_under for lesson in db.session.scalars(select(Lesson))):
            standing.count_decision(each, 1, -1)
        for lesson in db.session.scalars(select(Lesson)):
            comment = db.session.get(Comment, lesson.comment_id)
            standing.count_decision(standing.keys_of_sender(comment), 1, 1)
            lesson.counted_under = []
    assert standing.standings(**of).links["piano.example"] == Stands()
    for _twice in range(2):
        with unit_of_work():
            enqueue(earlier_decisions.KIND)
        run_jobs()
        assert standing.standings(**of).links["piano.example"] == now == Stands(spam=5)
    sender = standing.standings(email=comments[0].email, address_key="", author="")
    assert sender.email == Stands(spam=1)  # what was counted then is not counted again


def test_an_earlier_decision_that_is_undone_before_it_was_counted_takes_nothing_from_links(
    app, run_jobs
):
    body = f"{SELLING} https://piano.example/"
    batch = decide([make_comment(make_article(), State.WAITING, body=body)], State.SPAM)
    run_jobs()
    with unit_of_work():
        [lesson] = db.session.scalars(select(Lesson))
        new = set(lesson.counted_under) - set(
            standing.keys_of_sender(db.session.get(Comment, lesson.comment_id))
        )
        standing.count_decision(sorted(new), 1, -1)
        lesson.counted_under = []
    with unit_of_work():
        bulk.undo_batch(batch, by=None)
    run_jobs()
    assert {row.spam for row in db.session.scalars(select(standing.Standing))} == {0}
