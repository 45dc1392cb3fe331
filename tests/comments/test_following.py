"""Readers sort a conversation, follow it, link into it and say what helped."""

from __future__ import annotations

import re

import pytest
from defusedxml import ElementTree

from shop.blueprints.comments import services
from shop.blueprints.comments.models import Comment, State
from shop.blueprints.comments.reading import helpful, models
from shop.blueprints.comments.reading.avatars import avatar_of
from shop.blueprints.comments.reading.threads import ThreadOrder, page_of_threads
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from tests.comments.test_threads import _plan, analyze, fill, statements
from tests.factories.comments import make_article, make_comment, make_known, post

ATOM = "{http://www.w3.org/2005/Atom}"


def test_the_oldest_thread_comes_first_when_asked_for(app):
    article = make_article()
    older, newer = make_comment(article), make_comment(article)
    first, second = make_comment(article, parent=older), make_comment(article, parent=older)
    tops = page_of_threads(article.id, order=ThreadOrder.OLDEST).tops
    assert [top.id for top in tops] == [older.id, newer.id]
    assert [reply.id for reply in tops[0].replies] == [first.id, second.id]


def test_the_order_stands_in_the_address_and_holds_over_pages(client):
    article = make_article()
    fill(article, 60)
    page = client.get(f"/articles/{article.slug}?sort=oldest").text
    assert "Comment 0." in page
    assert "Comment 59." not in page
    further = re.search(r'rel="next" href="([^"]*)"', page)[1].replace("&amp;", "&")
    assert "sort=oldest" in further
    second = client.get(further.split("#")[0]).text
    assert "Comment 59." in second
    assert "Comment 49." not in second
    assert "Comment 59." in client.get(f"/articles/{article.slug}?sort=nonsense").text


def test_an_index_serves_the_oldest_first(app):
    article = make_article()
    fill(article, 3000)
    analyze()
    after = page_of_threads(article.id, order=ThreadOrder.OLDEST).next_cursor
    for cursor in (None, after):
        with statements() as sent:
            page_of_threads(article.id, order=ThreadOrder.OLDEST, after=cursor)
        plan = _plan(*sent[-1])
        assert "ix_comment_oldest" in plan, plan
        assert "Sort" not in plan, plan
        assert "TEMP B-TREE" not in plan, plan


def test_a_reply_stays_in_a_pinned_thread_in_either_order(app):
    from shop.blueprints.comments.moderation import picks

    article = make_article()
    top = make_comment(article)
    other = make_comment(article)
    with unit_of_work():
        picks.pin(top, by=None)
    reply = make_comment(article, parent=top)
    assert reply.thread_start == top.thread_start
    for order, first in ((ThreadOrder.NEWEST, top), (ThreadOrder.OLDEST, top)):
        tops = page_of_threads(article.id, order=order).tops
        assert [each.id for each in tops] == [first.id, other.id]
        assert [each.id for each in tops[0].replies] == [reply.id]


def test_a_permalink_leads_to_the_article_itself_where_that_shows_the_comment(client):
    article = make_article()
    fill(article, 60)
    tops = page_of_threads(article.id).tops
    near = client.get(f"/comments/{tops[0].id}").location
    assert near == f"/articles/{article.slug}#comment-{tops[0].id}"
    last = client.get(f"/comments/{tops[-1].id}").location
    assert last == f"/articles/{article.slug}#comment-{tops[-1].id}"
    far = client.get(f"/comments/{tops[-1].id - 1}").location
    assert "?comments=" in far
    assert f'id="comment-{tops[-1].id - 1}"' in client.get(far.split("#")[0]).text


def test_the_conversation_has_a_feed_and_the_page_names_it(client):
    article = make_article(title="Trust & <tea>")
    make_comment(article, State.WAITING, body="Not yet.")
    top = make_comment(article, author_name="<Ruth> & co", body="A *first* word & more.")
    reply = make_comment(article, parent=top, body="An answer.")
    page = client.get(f"/articles/{article.slug}").text
    address = f"/articles/{article.slug}/comments.xml"
    assert f'type="application/atom+xml" title="Comments on this article" href="{address}"' in page
    feed = client.get(address)
    assert feed.content_type == "application/atom+xml; charset=utf-8"
    root = ElementTree.fromstring(feed.data)
    entries = root.findall(f"{ATOM}entry")
    assert [entry.find(f"{ATOM}id").text for entry in entries] == [
        f"http://localhost/comments/{each.id}" for each in (reply, top)
    ]
    assert entries[1].find(f"{ATOM}content").text == "<p>A <em>first</em> word &amp; more.</p>\n"
    assert entries[1].find(f"{ATOM}author/{ATOM}name").text == "<Ruth> & co"


def test_the_feed_is_kept_until_a_comment_comes(client):
    article = make_article()
    address = f"/articles/{article.slug}/comments.xml"
    assert client.get(address).headers["Cache-Control"].startswith("public")
    assert "Hello there." not in client.get(address).text
    make_comment(article, body="Hello there.")
    assert "Hello there." in client.get(address).text
    assert client.get("/articles/nowhere/comments.xml").status_code == 404


@pytest.fixture
def marked(client):
    comment = make_comment(make_article())
    client.post("/comments/helpful", data={"comment": comment.id})
    return comment


def test_a_reader_says_once_that_a_comment_helped(client, app, marked):
    again = app.test_client().post("/comments/helpful", data={"comment": marked.id})
    assert again.status_code == 303
    assert again.location.endswith(f"#comment-{marked.id}")
    db.session.refresh(marked)
    assert marked.helpful == 1
    elsewhere = {"REMOTE_ADDR": "198.51.100.7"}
    app.test_client().post(
        "/comments/helpful", data={"comment": marked.id}, environ_overrides=elsewhere
    )
    page = app.test_client().get(again.location.split("#")[0]).text
    assert "Helpful <b>2</b>" in page


def test_a_mark_leads_to_nobody(client, marked):
    assert client.get_cookie("commenter") is None
    [mark] = db.session.scalars(db.select(models.HelpfulMark)).all()
    assert mark.reader_key == helpful.reader_key(marked.id, "127.0.0.1")
    assert mark.reader_key != helpful.reader_key(marked.id + 1, "127.0.0.1")


def test_helpful_is_a_toggle_for_the_browser_that_pressed_it(client, app, marked):
    def press(browser, name, **more):
        return browser.post("/comments/helpful", data={name: marked.id}, **more)

    path = press(client, "comment").location.split("#")[0]
    client.get(path)  # the message is said
    page, other = client.get(path), app.test_client()
    assert f'name="undo" value="{marked.id}" aria-pressed="true"' in page.text
    assert page.headers["Cache-Control"] == "private, no-store"
    stranger = other.get(path)
    assert f'name="comment" value="{marked.id}" aria-pressed="false"' in stranger.text
    assert stranger.headers["Cache-Control"].startswith("public")
    press(other, "undo")  # whoever did not press it takes nothing back
    elsewhere = {"REMOTE_ADDR": "198.51.100.7"}
    answers = [
        press(client, "undo", headers={"X-Fragment": "helpful"}, environ_overrides=elsewhere).json
        for _ in range(2)
    ]
    assert [(each["number"], each["pressed"]) for each in answers] == [(0, False), (0, False)]
    assert 'aria-pressed="true"' not in client.get(path).text
    assert client.get(path).headers["Cache-Control"].startswith("public")  # everyone's again


def test_nobody_finds_his_own_comment_helpful(client):
    post(client, make_article())
    [comment] = db.session.scalars(db.select(Comment)).all()
    with unit_of_work():
        comment.state = State.APPROVED
    client.post("/comments/helpful", data={"comment": comment.id})
    db.session.refresh(comment)
    assert comment.helpful == 0


def test_what_readers_do_not_see_can_not_be_marked(client):
    hidden = make_comment(make_article(), State.SPAM)
    assert client.post("/comments/helpful", data={"comment": hidden.id}).status_code == 404
    for made_up in ("999999", "0", "-1", "x", "9" * 40, "²", "", "\x00"):
        answer = client.post("/comments/helpful", data={"comment": made_up})
        assert answer.status_code == 404, made_up


def test_an_avatar_is_the_same_for_the_same_person_and_tells_no_address(app, client):
    article = make_article()
    make_comment(article, email="ruth@example.org", author_name="Ruth")
    make_comment(article, email="other@example.org", author_name="Ruth")
    assert avatar_of("ruth@example.org", "Ruth") == avatar_of("ruth@example.org", "R. A.")
    assert avatar_of("ruth@example.org", "Ruth") != avatar_of("other@example.org", "Ruth")
    page = client.get(f"/articles/{article.slug}").text
    assert avatar_of("ruth@example.org", "Ruth").path in page
    assert "example.org" not in page.split("<main")[1].split("</main")[0]


def test_the_page_is_the_same_bytes_for_author_member_and_stranger(client, app):
    from tests.factories.accounts import make_account, sign_in

    article = make_article()
    make_comment(article)
    make_known(article)
    post(client, article)  # published at once: nothing waits for this browser alone
    client.get("/comments/mine")  # where the message is said
    member = sign_in(app.test_client(), make_account("moderator"))
    assert member.get_cookie("member").value == "2"
    pages = {
        each.get(f"/articles/{article.slug}").data for each in (client, member, app.test_client())
    }
    assert len(pages) == 1
    member.post("/account/sign-out")
    assert member.get_cookie("member") is None


def test_an_erased_place_that_comes_in_holds_its_thread(client):
    article = make_article()
    with unit_of_work():
        place, _ = services.import_comment(
            import_key="elsewhere:1",
            article_id=article.id,
            author_name="Gone",
            email="gone@example.org",
            body="",
            posted_at=article.published_at,
            state=State.ERASED,
        )
    make_comment(article, parent=place, body="An answer to nobody.")
    page = client.get(f"/articles/{article.slug}").text
    assert "This comment was removed." in page
    assert "An answer to nobody." in page
    assert "Gone" not in page
