"""The queue for somebody with five hundred comments and ten minutes."""

from __future__ import annotations

import re
import threading

import pytest
from sqlalchemy import event, select, text, update

from shop.blueprints.comments import decisions, tallies
from shop.blueprints.comments.models import Comment, Decision, State
from shop.blueprints.comments.moderation import log
from shop.blueprints.comments.moderation.log import LogFilter
from shop.blueprints.comments.moderation.models import Act
from shop.blueprints.comments.moderation.queue import bulk, cards, groups, matching
from shop.blueprints.comments.moderation.queue.filters import QueueFilter, QueueOrder
from shop.blueprints.comments.moderation.queue.matching import find_matching
from shop.core.errors import NotFound
from shop.core.jobs import Job, running
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from shop.plugins.api.events import CommentMarkedSpam
from tests.comments.test_threads import analyze
from tests.factories.accounts import make_account, sign_in
from tests.factories.comments import make_article, make_comment
from tests.factories.queue import make_campaign, pile

QUEUE = "/admin/comments/"


@pytest.fixture
def article(app):
    return make_article(title="Eight keys to trust", slug="eight-keys")


@pytest.fixture
def moderator(app):
    return make_account("moderator", name="Mia")


@pytest.fixture
def desk(client, moderator):
    """The browser of a moderator."""
    return sign_in(client, moderator)


def run_job(kind):
    """Run the one of that kind alone."""
    found = db.session.scalar(select(Job.id).where(Job.kind == kind))
    db.session.rollback()
    assert running.run(running.claim_job(found))


def states():
    counts = tallies.by_state()
    return counts[State.WAITING], counts[State.APPROVED], counts[State.SPAM]


def undo_url(page):
    return re.search(r'action="([^"]*/undo[^"]*)"', page)[1].replace("&amp;", "&")


def action_of(page, part):
    return re.search(rf'formaction="([^"]*{part}[^"]*)"', page)[1].replace("&amp;", "&")


def every(wanted):
    """What the pages of a queue show, one after the other."""
    ids, page = [], find_matching(wanted)
    while True:
        ids += page.ids
        if page.next_cursor is None:
            return ids
        page = find_matching(wanted, after=page.next_cursor)


def test_a_campaign_is_one_card_and_judged_at_once(desk, article, published):
    first, last = make_comment(article, State.WAITING), None
    make_campaign(article, 200)
    last = make_comment(article, State.WAITING)
    page = desk.get(QUEUE).text
    assert page.count('class="queue__row') == 3
    assert "200 similar" in page
    assert states()[0] == 202
    answer = desk.post(action_of(page, "campaign-1/spam"), follow_redirects=True)
    assert "200 comments marked as spam" in answer.text
    assert states() == (2, 0, 200)
    assert {first.state, last.state} == {State.WAITING}
    assert len(published) == 200
    assert {type(each) for each in published} == {CommentMarkedSpam}
    desk.post(undo_url(answer.text))
    assert states() == (202, 0, 0)


def test_a_campaign_covers_what_was_seen_and_nothing_later(desk, article):
    make_campaign(article, 5)
    page = desk.get(QUEUE).text
    [later] = make_campaign(article, 1)
    desk.post(action_of(page, "campaign-1/approve"))
    assert states() == (1, 5, 0)
    assert db.session.get(Comment, later).state == State.WAITING


def test_a_campaign_is_met_once_on_all_pages(app, article):
    ids = pile(article, 120)
    singles, campaign = ids[1::2], ids[::2]
    with unit_of_work():
        db.session.execute(
            update(Comment).where(Comment.id.in_(campaign)).values(campaign="campaign-1")
        )
    for order, head in ((None, campaign[0]), (QueueOrder.NEWEST, campaign[-1])):
        met, page = [], find_matching(QueueFilter(order=order), size=10)
        while page:
            met += page.ids
            cursor = page.next_cursor
            page = (
                find_matching(QueueFilter(order=order), size=10, after=cursor) if cursor else None
            )
        assert sorted(met) == sorted([*singles, head])
    assert every(QueueFilter(campaign="campaign-1", order=QueueOrder.OLDEST)) == campaign


def test_one_alone_is_no_campaign(desk, article):
    make_campaign(article, 1)
    page = desk.get(QUEUE).text
    assert "alike" not in page
    assert "/campaigns/" not in page


def test_a_run_of_thousands_alike_costs_a_page_a_thousand_rows(app, article):
    make_campaign(article, 2500)
    tail = pile(article, 3, posted_at=make_comment(article, State.WAITING).posted_at)
    seen, cursor, pages = [], None, 0
    while True:
        page = find_matching(QueueFilter(), after=cursor)
        seen, cursor, pages = [*seen, *page.ids], page.next_cursor, pages + 1
        if cursor is None:
            break
        assert page.is_cut
    assert pages == 3
    assert set(tail) < set(seen)
    assert len(seen) == 5


def test_all_that_match_are_decided_in_portions_and_undone_so(desk, article, run_jobs, monkeypatch):
    monkeypatch.setattr(bulk, "AT_ONCE", 20)
    pile(article, 50)
    other = make_comment(make_article(), State.WAITING)
    page = desk.get(f"{QUEUE}?article=eight-keys").text
    action = re.search(r'form method="post" action="([^"]*decisions[^"]*)"', page)[1]
    late = make_comment(article, State.WAITING)
    answer = desk.post(
        action.replace("&amp;", "&"), data={"all": "1", "verb": "spam"}, follow_redirects=True
    ).text
    assert "20 comments marked as spam" in answer
    assert "The rest will follow" in answer
    run_jobs()
    assert states() == (2, 0, 50)
    assert {other.state, late.state} == {State.WAITING}
    assert len(db.session.scalars(select(Decision.batch).distinct()).all()) == 1
    desk.post(undo_url(answer))
    run_jobs()
    assert states() == (52, 0, 0)


def test_a_hundred_decisions_take_as_many_statements_as_three(app, article):
    asked = []

    def note(_connection, _cursor, statement, *_rest):
        asked.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    numbers = []
    for number in (3, 100):
        ids = pile(article, number)
        asked.clear()
        with unit_of_work():
            decisions.decide_ids(ids, State.APPROVED, by=None)
        numbers.append(len(asked))
    event.remove(db.engine, "before_cursor_execute", note)
    assert numbers[0] == numbers[1]
    assert len(db.session.scalars(select(Job.id)).all()) >= 103


def test_an_undo_stops_what_has_not_happened_yet(desk, article, run_jobs, monkeypatch):
    monkeypatch.setattr(bulk, "AT_ONCE", 20)
    pile(article, 50)
    page = desk.post(
        f"{QUEUE}decisions?state=waiting", data={"all": "1", "verb": "spam"}, follow_redirects=True
    ).text
    desk.post(undo_url(page))
    run_jobs()
    assert states() == (50, 0, 0)
    assert len(db.session.scalars(select(Decision.id)).all()) == 40  # twenty, and back


def test_an_undo_waits_for_the_portion_that_is_being_decided(app, article, run_jobs, monkeypatch):
    monkeypatch.setattr(bulk, "AT_ONCE", 20)
    pile(article, 30)
    with unit_of_work():
        batch = bulk.decide_matching(QueueFilter(), State.SPAM, by=None, until=2**53).outcome.batch
    has_looked, may_decide = threading.Event(), threading.Event()

    def sift_late(*given, **named):
        has_looked.set()
        may_decide.wait(60)
        return find_matching(*given, **named)

    def decide():
        with app.app_context():
            run_job(bulk.DECIDE_JOB)

    def undo():
        with app.app_context():
            with unit_of_work():
                bulk.undo_batch(batch, by=None)
            run_job(bulk.UNDO_JOB)

    monkeypatch.setattr(bulk, "find_matching", sift_late)
    deciding, undoing = threading.Thread(target=decide), threading.Thread(target=undo)
    deciding.start()
    assert has_looked.wait(60)
    undoing.start()
    undoing.join(0.3)
    may_decide.set()
    for thread in (deciding, undoing):
        thread.join()
    run_jobs()
    assert states() == (30, 0, 0)


def test_boxes_of_comments_and_campaigns_are_one_batch(desk, article):
    make_campaign(article, 7)
    single = make_comment(article, State.WAITING)
    ids = ["campaign:campaign-1", f"{single.id}.0"]
    answer = desk.post(
        f"{QUEUE}decisions?state=waiting",
        data={"ids": ids, "verb": "reject"},
        follow_redirects=True,
    ).text
    assert "8 comments rejected" in answer
    desk.post(undo_url(answer))
    assert states()[0] == 8


def test_a_text_that_was_changed_since_is_not_approved_unread(desk, article):
    comment = make_comment(article, State.WAITING)
    page = desk.get(QUEUE).text
    with unit_of_work():
        comment.body, comment.version = "Something else.", comment.version + 1
    answer = desk.post(action_of(page, f"{comment.id}/approve"), follow_redirects=True).text
    assert "was not changed" in answer
    assert states() == (1, 0, 0)


def test_who_came_first_is_named(app, desk, article):
    comment = make_comment(article, State.WAITING)
    colleague = sign_in(app.test_client(), make_account("editor", name="Edda"))
    colleague.post(f"{QUEUE}{comment.id}/reject?state=waiting")
    answer = desk.post(f"{QUEUE}{comment.id}/approve?state=waiting", follow_redirects=True).text
    assert "Rejected by Edda." in answer
    assert "Rejected by Edda" in desk.get(f"{QUEUE}?state=rejected").text


def test_the_order_is_the_moderators(app, article):
    ids = pile(article, 4)
    for comment_id, score in zip(ids, (5, 1, 9, 1), strict=True):
        with unit_of_work():
            db.session.get(Comment, comment_id).score = score
    first, second, third, fourth = ids
    assert every(QueueFilter()) == ids
    assert every(QueueFilter(order=QueueOrder.NEWEST)) == ids[::-1]
    assert every(QueueFilter(order=QueueOrder.SPAM_LAST)) == [second, fourth, first, third]
    assert every(QueueFilter(order=QueueOrder.SPAM_FIRST)) == [third, first, fourth, second]


@pytest.mark.parametrize("order", [*QueueOrder, None])
def test_pages_leave_nothing_out_in_any_order(app, article, order):
    ids = pile(article, 130, score=3)
    found = every(QueueFilter(order=order))
    assert sorted(found) == sorted(ids)
    assert len(found) == len(ids)


def test_filters_narrow(app, article):
    other = make_article()
    links = [{"check": "links", "reason": "3 links", "points": 3}]
    none = [{"check": "links", "reason": "No links", "points": 0}]
    one = make_comment(article, "waiting", author_name="Ruth Abel", email="ruth@example.org")
    two = make_comment(other, "waiting", author_name="Bo", email="bo@shop.example", body="Cheap!")
    with unit_of_work():
        one.evidence, two.evidence = none, links
    assert every(QueueFilter(article="eight-keys")) == [one.id]
    assert every(QueueFilter(article="nothing")) == []
    assert every(QueueFilter(by="RUTH@example.org")) == [one.id]
    assert every(QueueFilter(by="abel")) == [one.id]
    assert every(QueueFilter(by="@shop.example")) == [two.id]
    assert every(QueueFilter(by="ruth@example.org", search="cheap")) == []
    assert every(QueueFilter(by="bo@shop.example", search="cheap")) == [two.id]
    assert every(QueueFilter(search="eight KEYS")) == [one.id]
    assert every(QueueFilter(check="links")) == [two.id]
    assert every(QueueFilter(State.SPAM)) == []


def test_what_was_published_without_a_person_is_taken_back_with_all_of_its_author(desk, article):
    read, unread, other = (
        make_comment(article, "waiting", email=email) for email in ("a@x.org", "a@x.org", "b@x.org")
    )
    with unit_of_work():
        for comment in (read, unread, other):
            comment.import_key = None
        for comment in (unread, other):
            comment.state = State.APPROVED
        decisions.approve(read, by=None)
    unseen = QueueFilter(State.APPROVED, unread=True)
    assert every(unseen) == [other.id, unread.id]
    page = desk.get(f"{QUEUE}?state=approved&unread=1").text
    button = re.search(rf'formaction="([^"]*{unread.id}/publication[^"]*)" data-key="t"', page)[1]
    answer = desk.post(button.replace("&amp;", "&"), follow_redirects=True).text
    assert "2 comments taken back; they wait for review" in answer
    assert {read.state, unread.state, other.state} == {State.WAITING, State.APPROVED}
    assert other.state == State.APPROVED
    desk.post(undo_url(answer))
    assert {read.state, unread.state} == {State.APPROVED}
    with unit_of_work():  # its author changes the text: nobody has read that one
        read.version += 1
    assert every(unseen)[-1] == read.id


def test_published_comments_that_are_alike_are_one_card_and_are_taken_back_as_one(desk, article):
    make_campaign(article, 30, State.APPROVED)
    make_comment(article, State.APPROVED)
    groups = QueueFilter(State.APPROVED, groups=True)
    assert len(find_matching(groups).ids) == 1
    page = desk.get(f"{QUEUE}?state=approved&groups=1").text
    button = re.search(r'formaction="([^"]*campaign-1/publication[^"]*)" data-key="t"', page)[1]
    answer = desk.post(button.replace("&amp;", "&"), follow_redirects=True).text
    assert "30 comments taken back" in answer
    assert states() == (30, 1, 0)
    desk.post(undo_url(answer))
    assert states() == (0, 31, 0)


@pytest.mark.parametrize(
    "query",
    [
        "state=erased",
        "order=nonsense",
        "check=nonsense",
        "after=nonsense",
        "after=WzFd",
        "order=spam-first&after=WzFd",
        "campaign=x&after=WyJ4Il0",
    ],
)
def test_what_no_page_offers_is_not_found(desk, article, query):
    make_comment(article, State.WAITING)
    assert desk.get(f"{QUEUE}?{query}").status_code == 404


@pytest.mark.parametrize(
    "query",
    ["q=%01", "by=@", "q=" + "%F0%9F%8C%BF" * 300, "campaign=" + "x" * 5000, "until=x"],
)
def test_odd_filters_find_nothing_and_fail_nothing(desk, article, query):
    make_comment(article, State.WAITING)
    assert desk.get(f"{QUEUE}?{query}").status_code == 200


def test_evidence_and_context_stand_beside_the_comment(desk, article):
    with unit_of_work():
        article.summary = "Why trust takes eight keys."
    top = make_comment(article, author_name="Ann", body="Is it so?")
    make_comment(article, State.WAITING, parent=top, body="It is.")
    page = desk.get(QUEUE).text
    for words in ("Why trust takes eight keys.", "Reply to Ann", "Is it so?", "Reply to Ann"):
        assert words in page
    assert page.index("<summary><bdi>Eight keys to trust</bdi>") < page.index("Why trust takes")


def test_polling_costs_nothing_until_something_happens(app, desk, article):
    comment = make_comment(article, State.WAITING)
    address = f"{QUEUE}pulse?state=waiting&ids={comment.id}"
    first = desk.get(address)
    assert first.json["counts"]["waiting"] == "1"
    assert first.json["decided"] == {}
    again = desk.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    colleague = sign_in(app.test_client(), make_account("editor", name="Edda"))
    colleague.post(f"{QUEUE}{comment.id}/approve?state=waiting")
    third = desk.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert third.json["decided"] == {str(comment.id): "Approved by Edda"}
    newer = make_comment(article, State.WAITING)
    fourth = desk.get(address, headers={"If-None-Match": third.headers["ETag"]})
    assert fourth.json["newest"] == newer.id


def test_the_log_has_filters(app, desk, article, moderator):
    edda = make_account("editor", name="Edda")
    one, two = make_comment(article, "waiting"), make_comment(make_article(), "waiting")
    with unit_of_work():
        decisions.approve(one, by=moderator)
        decisions.mark_spam(two, by=edda)

    def found(query):
        page = desk.get(f"{QUEUE}decisions?{query}").text
        return [f">{each.author_name}<" in page for each in (one, two)]

    assert found("") == [True, True]
    assert found(f"by={edda.id}") == [False, True]
    assert found("to=approved") == [True, False]
    assert found(f"by={edda.id}&to=approved") == [False, False]
    assert found("article=eight-keys") == [True, False]
    assert found(f"comment={two.id}") == [False, True]
    assert found("until=2020-01-01") == [False, False]
    assert found("until=2999-01-01") == [True, True]
    assert found("until=yesterday&by=x&to=erased9&comment=-1") == [True, True]


def test_what_was_decided_in_one_go_is_one_line_of_the_log_with_one_undo(desk, article, moderator):
    make_campaign(article, 60)
    lone = make_comment(article, "waiting", author_name="Lone", body="A thought of my own.")
    with unit_of_work():
        decisions.approve(lone, by=moderator)
        batch = bulk.decide_matching(
            QueueFilter(campaign="campaign-1"), State.SPAM, by=moderator, until=2**53
        ).outcome.batch
    page = desk.get(f"{QUEUE}decisions").text
    assert page.count('<th scope="row">') == 2
    assert "60 comments" in page
    assert "My husband left me" in page
    assert "A thought of my own." in page
    each = desk.get(f"{QUEUE}decisions?batch={batch}").text
    assert each.count('<th scope="row">') == 50
    with (
        unit_of_work()
    ):  # since then somebody decided on one of them; the others can still be undone
        decisions.reject(db.session.get(Comment, lone.id - 1), by=moderator)
    page = desk.get(f"{QUEUE}decisions").text
    assert "Undo 59" in page
    address = re.search(rf'action="([^"]*batches/{batch}/undo[^"]*)"', page)[1].replace(
        "&amp;", "&"
    )
    assert "59 decisions undone" in desk.post(address, follow_redirects=True).text
    assert states() == (59, 1, 0)
    assert "Undo 59" in desk.get(f"{QUEUE}decisions").text  # the undo is such a line itself


def test_an_article_is_closed_and_opened_from_the_queue(app, desk, article):
    make_comment(article, State.WAITING)
    page = desk.get(QUEUE).text
    stranger = app.test_client()
    assert "Leave a comment" in stranger.get("/articles/eight-keys").text
    desk.post(action_of(page, "close"))
    assert "Comments on this article are closed." in stranger.get("/articles/eight-keys").text
    desk.post(action_of(desk.get(QUEUE).text, "open"))
    assert "Leave a comment" in stranger.get("/articles/eight-keys").text
    assert [(each.verb, each.by_name) for each in db.session.scalars(select(Act))] == [
        ("closed", "Mia"),
        ("opened", "Mia"),
    ]
    assert "Closed comments" in desk.get(f"{QUEUE}acts").text
    assert desk.post(f"{QUEUE}articles/999/close").status_code == 404


def test_an_unknown_batch_is_not_found(app, moderator):
    with pytest.raises(NotFound), unit_of_work():
        bulk.undo_batch("nothing", by=moderator)


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (QueueFilter(), "ix_comment_queue"),
        (QueueFilter(order=QueueOrder.NEWEST), "ix_comment_queue"),
        (QueueFilter(order=QueueOrder.SPAM_LAST), "ix_comment_score"),
        (QueueFilter(order=QueueOrder.SPAM_FIRST), "ix_comment_score"),
        (QueueFilter(article="eight-keys"), "ix_comment_article_queue"),
        (QueueFilter(by="piled1@example.org"), "ix_comment_email_queue"),
        (QueueFilter(campaign="campaign-1"), "ix_comment_campaign"),
        (QueueFilter(State.SPAM), "ix_comment_queue"),
    ],
)
@pytest.mark.parametrize("further", [False, True])
def test_each_queue_is_a_range_of_one_index_in_its_order(app, article, wanted, index, further):
    pile(article, 200, wanted.state, email="piled1@example.org", campaign="campaign-1")
    for state in (wanted.state, State.APPROVED):
        pile(make_article(), 400, state)
    after = find_matching(wanted, size=20, grouped=False).next_cursor if further else None
    statement = matching.candidates(wanted, after).limit(50)
    plan = explain(statement)
    assert index in plan, plan
    assert not re.search(r"Seq Scan on comment\b|SCAN comment\b(?! USING)", plan), plan
    assert not re.search(r"Sort|TEMP B-TREE", plan), plan


def test_groups_and_facts_are_found_by_index(app, article):
    make_campaign(article, 60)
    pile(make_article(), 400, State.WAITING)
    page = find_matching(QueueFilter())
    for statement in (
        cards._facts(page.ids),
        groups.each_of(["campaign-1", "x"], lambda key: groups.count_of(key, State.WAITING)),
        groups.each_of(["campaign-1", "x"], lambda key: groups.some_of(key, State.WAITING)),
    ):
        plan = explain(statement)
        assert not re.search(r"Seq Scan on comment\b|SCAN comment\b(?! USING)", plan), plan
        assert not re.search(r"Sort|TEMP B-TREE", plan), plan


@pytest.mark.parametrize("asked", [{}, {"by": "1"}, {"to": "spam"}, {"by": "1", "to": "spam"}])
def test_the_log_is_read_in_its_order(app, moderator, asked):
    plan = explain(log.window_of(LogFilter.asked(asked)))
    assert not re.search(r"Seq Scan|Sort|TEMP B-TREE", plan), plan


def explain(statement):
    sql = str(
        statement.compile(
            db.engine, compile_kwargs={"literal_binds": True, "render_postcompile": True}
        )
    )
    analyze()
    with db.engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            # Of so few rows it would read all and sort them; the question is whether it could do without.
            for each in ("seqscan", "sort", "bitmapscan"):
                connection.execute(text(f"SET LOCAL enable_{each} = off"))
            rows = connection.execute(text("EXPLAIN " + sql.replace(":", r"\:")))
            return "\n".join(row[0] for row in rows)
        rows = connection.exec_driver_sql("EXPLAIN QUERY PLAN " + sql)
        return "\n".join(row[3] for row in rows)


@pytest.mark.parametrize("app", ["postgresql"], indirect=True)
def test_for_a_comment_of_no_campaign_no_others_are_looked_for(app):
    article = make_article()
    wanted = QueueFilter(State.APPROVED, groups=True)

    def looks() -> set[int]:
        """How often each look for others is made."""
        statement = matching.candidates(wanted).compile(
            db.engine, compile_kwargs={"literal_binds": True}
        )
        asked = f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}"
        [whole] = db.session.connection().exec_driver_sql(asked).scalar_one()
        return set(_loops(whole["Plan"]))

    with unit_of_work():
        make_comment(article)
        make_comment(article)
    assert looks() == {0}
    with unit_of_work():
        make_campaign(article, 2, state=State.APPROVED)
    assert looks() != {0}


def _loops(plan):
    for below in plan.get("Plans", ()):
        if below.get("Parent Relationship") == "SubPlan":
            yield below["Actual Loops"]
        yield from _loops(below)
