"""Readers read: threads by the page, at the same cost however many there are."""

from __future__ import annotations

import re
import threading
from contextlib import contextmanager
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import event, insert, text

from shop.blueprints.comments import decisions, queries, tallies
from shop.blueprints.comments.models import Comment, State, Tally
from shop.blueprints.comments.moderation.queue import cards
from shop.blueprints.comments.moderation.queue.filters import QueueFilter
from shop.blueprints.comments.moderation.queue.matching import find_matching
from shop.blueprints.comments.places import rank_of_thread
from shop.blueprints.comments.reading import threads
from shop.blueprints.comments.reading.threads import cursor_before, initials, page_of_threads
from shop.core import clock
from shop.core.errors import NotFound
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from tests.factories.comments import make_article, make_comment


def fill(article, number, state=State.APPROVED, parent=None):
    """Many comments at once, a second apart."""
    start = clock.now() - timedelta(days=2)
    rows = []
    for index in range(number):
        posted_at = start + timedelta(seconds=index)
        rows.append(
            {
                "article_id": article.id,
                "author_name": f"Reader {index}",
                "email": f"reader{index}@example.org",
                "body": f"Comment {index}.",
                "body_html": f"<p>Comment {index}.</p>\n",
                "state": state,
                "posted_at": posted_at,
                "parent_id": parent.id if parent else None,
                "thread_rank": parent.thread_rank if parent else rank_of_thread(posted_at),
                "reply_rank": -rank_of_thread(posted_at) if parent else 0,
            }
        )
    with unit_of_work():
        db.session.execute(insert(Comment), rows)
        tallies.recount()


@contextmanager
def statements():
    """The SELECTs that this thread sends meanwhile, with their parameters."""
    sent = []

    own = threading.get_ident()

    def note(_connection, _cursor, statement, parameters, *_):
        if threading.get_ident() == own and statement.lstrip().upper().startswith("SELECT"):
            sent.append((statement, parameters))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def analyze():
    """Let PostgreSQL count what is stored, else it would plan by what it counted in an earlier test.

    SQLite must not count. The shop never lets it, so it plans by the indexes alone; and what it has counted once it
    keeps for every later test, and each connection reads that when it is opened and never again.
    """
    with db.engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("ANALYZE"))
            connection.commit()


def read_all(article):
    found, after = [], None
    while True:
        page = page_of_threads(article.id, after=after)
        found.append(page)
        after = page.next_cursor
        if after is None:
            return found


@time_machine.travel("2026-11-30T10:00:00Z", tick=False)  # "3 hours ago" stays so
def test_a_thread_is_drawn_anew_for_the_comment_that_came_alone(client, monkeypatch):
    article, drawn = make_article(), []
    monkeypatch.setattr(threads, "initials", lambda name: drawn.append(name) or "XY")
    old = make_comment(article, author_name="Ruth")
    make_comment(article, author_name="Noor", parent=old)
    address = f"/articles/{article.slug}"
    client.get(address, headers={"X-Fragment": "none"})
    client.get(address, headers={"X-Fragment": "none"})
    assert drawn == ["Ruth", "Noor"]
    make_comment(article, author_name="Ada", parent=old)
    assert ">Ada<" in client.get(address, headers={"X-Fragment": "none"}).text
    assert drawn == ["Ruth", "Noor", "Ada"]


def test_threads_are_drawn_anew_when_any_comment_or_its_place_changes():
    names = [column.key for column in threads.drawn_columns().selected_columns]

    def comment(**values):
        return threads.ThreadComment(tuple({**dict.fromkeys(names), **values}.values()), "Ruth")

    def shown(*parents, **changed):
        tops = [comment(**{"id": 1, **changed})]
        for number, parent in enumerate(parents, start=2):
            (tops[0].replies if parent else tops).append(comment(id=number, parent_id=parent))
        return threads.Threads(tops, len(parents) + 1, None).shown

    assert shown(1) == shown(1)
    others = [shown(), shown(None), shown(1, 1), *(shown(1, **{name: "new"}) for name in names)]
    assert shown(1) not in others


def test_the_newest_thread_comes_first_and_its_replies_in_order(app):
    article = make_article()
    older, newer = make_comment(article), make_comment(article)
    first = make_comment(article, parent=older)
    second = make_comment(article, parent=first)
    page = page_of_threads(article.id)
    assert [top.id for top in page.tops] == [newer.id, older.id]
    assert [reply.id for reply in page.tops[1].replies] == [first.id, second.id]
    assert page.count == 4


def test_every_comment_is_on_exactly_one_page(app):
    article = make_article()
    fill(article, 120)
    pages = read_all(article)
    assert [len(page.tops) for page in pages] == [50, 50, 20]
    ids = [top.id for page in pages for top in page.tops]
    assert len(set(ids)) == 120
    assert ids == sorted(ids, reverse=True)
    assert {page.count for page in pages} == {120}


def test_a_long_thread_goes_on_under_its_top_comment(app):
    article = make_article()
    top = make_comment(article)
    fill(article, 130, parent=top)
    pages = read_all(article)
    assert [[each.id for each in page.tops] for page in pages] == [[top.id]] * 3
    assert [len(page.tops[0].replies) for page in pages] == [49, 50, 31]


def test_threads_of_one_moment_do_not_mix(app):
    article = make_article()
    moment = clock.now() - timedelta(days=3)
    tops = [make_comment(article, posted_at=moment) for _ in range(3)]
    replies = {top.id: make_comment(article, parent=top, posted_at=moment).id for top in tops}
    for top in page_of_threads(article.id).tops:
        assert [reply.id for reply in top.replies] == [replies[top.id]]


def test_a_reply_that_seems_older_than_its_thread_stays_below_it(app):
    article = make_article()
    top = make_comment(article)
    reply = make_comment(article, parent=top, posted_at=clock.now() - timedelta(days=30_000))
    [thread] = page_of_threads(article.id).tops
    assert (thread.id, thread.replies[0].id) == (top.id, reply.id)


def test_replies_stay_when_their_thread_is_taken_down(client):
    article = make_article()
    top = make_comment(article, body="The words of the top comment.", author_name="Taken Down")
    make_comment(article, parent=top, body="The words of the reply.")
    with unit_of_work():
        decisions.reject(top, by=None)
    page = client.get(f"/articles/{article.slug}").text
    assert "This comment was removed." in page
    assert "The words of the reply." in page
    assert "The words of the top comment." not in page
    assert "Taken Down" not in page
    assert page_of_threads(article.id).count == 1


def test_pages_are_linked_both_ways(client):
    article = make_article()
    fill(article, 60)
    first = client.get(f"/articles/{article.slug}").text
    assert "Comment 59." in first
    assert "Comment 5." not in first
    further = re.search(r'href="([^"]*\?comments=[^"]*)"', first)[1]
    second = client.get(further.split("#")[0]).text
    assert "Comment 5." in second
    assert "Comment 59." not in second
    assert f'href="/articles/{article.slug}#comments"' in second


def test_a_made_up_cursor_shows_the_first_page(client):
    article = make_article()
    make_comment(article, body="Still here.")
    for cursor in ["nonsense", "W10", "WzEsMiwiYSJd", "x" * 5000, "%00", "🌿"]:
        answer = client.get(f"/articles/{article.slug}", query_string={"comments": cursor})
        assert "Still here." in answer.text


def test_a_made_up_reply_answers_nobody(client):
    article = make_article()
    for reply in ["0", "-1", "x", "9" * 40, "999", "<script>"]:
        answer = client.get(f"/articles/{article.slug}", query_string={"reply": reply})
        assert answer.status_code == 200
        assert 'name="parent" value=""' in answer.text


def test_a_reply_link_to_another_article_names_nobody(client):
    elsewhere = make_comment(make_article(), author_name="Somebody Else")
    article = make_article()
    page = client.get(f"/articles/{article.slug}?reply={elsewhere.id}").text
    assert "Somebody Else" not in page
    assert 'name="parent" value=""' in page


def test_a_comment_has_an_address_for_ever(client):
    article = make_article()
    fill(article, 120)
    comment = queries.comment_or_404(page_of_threads(article.id, after=None).tops[0].id - 100)
    answer = client.get(f"/comments/{comment.id}")
    assert answer.status_code == 302
    assert answer.location.endswith(f"#comment-{comment.id}")
    page = client.get(answer.location).text
    assert f'id="comment-{comment.id}"' in page
    with unit_of_work():
        decisions.mark_spam(comment, by=None)
    assert client.get(f"/comments/{comment.id}").status_code == 404
    assert client.get("/comments/999999").status_code == 404


def test_a_replys_address_shows_its_thread(app):
    article = make_article()
    top = make_comment(article)
    fill(article, 130, parent=top)
    last = read_all(article)[-1].tops[0].replies[-1]
    page = page_of_threads(article.id, after=cursor_before(queries.comment_or_404(last.id)))
    assert [(each.id, [reply.id for reply in each.replies]) for each in page.tops] == [
        (top.id, [last.id])
    ]


def test_the_author_and_staff_have_a_badge(client):
    from shop.blueprints.articles.models import Author

    with unit_of_work():
        author = Author(slug="ines", name="Ines Marlow")
        db.session.add(author)
    article = make_article(author_id=author.id)
    make_comment(article, author_name="Ines Marlow", is_staff=True)
    page = client.get(f"/articles/{article.slug}").text
    assert ">Author<" in page
    assert ">Staff<" not in page
    make_comment(article, author_name="Mia", is_staff=True)
    make_comment(article, author_name="Ines Marlow", body="A stranger of the same name")
    page = client.get(f"/articles/{article.slug}").text
    assert (page.count(">Author<"), page.count(">Staff<")) == (1, 1)


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Tomas R.", "TR"),
        ("ruth", "R"),
        ("marcus_t", "MT"),
        ("Anna Maria de la Cruz", "AC"),
        ("رُوث ميلر", "رم"),
        ("🌿", "·"),
        ("", "·"),
        ("... Q", "Q"),
        ("ß", "SS"),
    ],
)
def test_initials(name, letters):
    assert initials(name) == letters


def test_the_thread_takes_two_queries_at_most(app):
    article = make_article()
    article_id = article.id
    counts = set()
    for number in (10, 1000):
        fill(article, number)
        with statements() as sent:
            page_of_threads(article_id)
        counts.add(len(sent))
    assert counts == {1}
    top = make_comment(article)
    fill(article, 100, parent=top)
    after = page_of_threads(article_id).next_cursor
    with statements() as sent:
        page_of_threads(article_id, after=after)
    assert len(sent) == 2


def test_the_page_and_the_queue_cost_the_same_queries_with_a_thousand(client, app):
    article = make_article()
    article_id, slug = article.id, article.slug
    client.get(f"/articles/{slug}")  # settings and menus are remembered from here on
    asked = {}
    for number in (10, 990):
        fill(article, number)
        fill(article, number, State.WAITING)
        db.session.rollback()
        with statements() as sent:
            client.get(f"/articles/{slug}?fresh={number}")
        page = len(sent)
        with statements() as sent:
            cards.page_of_cards(QueueFilter())
            tallies.by_state()
        asked[number] = (page, len(sent))
    assert asked[10] == asked[990]
    assert asked[10][0] <= 4
    assert page_of_threads(article_id).count == 1000


@pytest.mark.parametrize(
    "what", ["thread", "thread further", "queue", "queue further", "tally", "counts"]
)
def test_indexes_serve_every_question(app, what):
    article, other = make_article(), make_article()
    fill(article, 3000)
    fill(other, 1500, State.WAITING)
    with unit_of_work():
        # Of a table with a handful of rows a database may well read all: what is asked is whether an index fits.
        rows = [{"article_id": other.id, "state": "approved", "amount": 0}] * 3000
        db.session.execute(insert(Tally), rows)
    analyze()
    ask = {
        "thread": lambda: page_of_threads(article.id),
        "thread further": lambda: page_of_threads(
            article.id, after=page_of_threads(article.id).next_cursor
        ),
        "queue": lambda: find_matching(QueueFilter()),
        "queue further": lambda: find_matching(
            QueueFilter(), after=find_matching(QueueFilter()).next_cursor
        ),
        "tally": lambda: page_of_threads(article.id),
        "counts": lambda: tallies.by_state(),
    }[what]
    with statements() as sent:
        ask()
    statement, parameters = sent[-1]
    plan = _plan(statement, parameters)
    table = "comment_tally" if what in ("tally", "counts") else "comment"
    assert not re.search(rf"Seq Scan on {table}\b(?! comment_1)|SCAN {table}\b(?! USING)", plan), (
        plan
    )
    if table == "comment":
        columns = r"article_id.*state" if "thread" in what else "state"
        index = "ix_comment_thread" if "thread" in what else "ix_comment_queue"
        assert re.search(
            rf"{index} (\({columns}|on comment .*\n.*Index Cond: .*{columns})", plan
        ), plan
        # Read in the index's order: nothing is sorted, so a page costs its rows and no more.
        assert "Sort" not in plan, plan
        assert "TEMP B-TREE" not in plan, plan


def _plan(statement, parameters):
    with db.engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            # A table of one page is read whole whatever indexes it has; the question here is whether one fits.
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
            rows = connection.exec_driver_sql("EXPLAIN " + statement, parameters)
            return "\n".join(row[0] for row in rows)
        rows = connection.exec_driver_sql("EXPLAIN QUERY PLAN " + statement, parameters)
        return "\n".join(row[3] for row in rows)


def test_a_cursor_of_another_shape_is_not_found(app):
    with pytest.raises(NotFound):
        page_of_threads(make_article().id, after="WzFd")
