"""Pinned threads and highlighted comments: seen by everybody, the same bytes for everybody."""

from __future__ import annotations

import pytest

from shop.blueprints.comments import decisions
from shop.blueprints.comments.models import State
from shop.blueprints.comments.moderation import picks
from shop.blueprints.comments.reading.threads import page_of_threads
from shop.core.errors import Refused
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from tests.factories.accounts import make_account, sign_in
from tests.factories.articles import make_author
from tests.factories.comments import make_article, make_comment


@pytest.fixture
def article(app):
    return make_article()


@pytest.fixture
def moderator(app):
    return make_account("moderator", name="Mia")


def tops(article):
    db.session.expire_all()
    return [each.id for each in page_of_threads(article.id).tops]


def test_one_pinned_thread_stands_first_with_its_replies(article, moderator):
    old, middle, new = (make_comment(article) for _ in range(3))
    reply = make_comment(article, parent=old)
    with unit_of_work():
        picks.pin(old, by=moderator)
    assert tops(article) == [old.id, new.id, middle.id]
    later = make_comment(article, parent=old)
    assert [each.id for each in page_of_threads(article.id).tops[0].replies] == [reply.id, later.id]
    with unit_of_work():
        picks.pin(middle, by=moderator)
    assert tops(article) == [middle.id, new.id, old.id]
    with unit_of_work():
        picks.unpin(middle, by=moderator)
    assert tops(article) == [new.id, middle.id, old.id]


def test_what_readers_do_not_see_is_not_singled_out(article, moderator):
    waiting = make_comment(article, State.WAITING)
    reply = make_comment(article, parent=make_comment(article))
    for comment, verb in ((waiting, picks.pin), (waiting, picks.highlight), (reply, picks.pin)):
        with pytest.raises(Refused), unit_of_work():
            verb(comment, by=moderator)


def test_a_pinned_comment_that_is_taken_down_loses_its_place(article, moderator):
    old, new = make_comment(article), make_comment(article)
    with unit_of_work():
        picks.pin(old, by=moderator)
        picks.highlight(old, by=moderator)
    with unit_of_work():
        decisions.mark_spam(old, by=moderator)
    with unit_of_work():
        decisions.approve(old, by=moderator)
    assert tops(article) == [new.id, old.id]
    assert old.highlighted_at is None


def test_a_highlight_says_whose_it_is(app, client, moderator):
    author = make_author(name="Mia")
    hers, theirs = make_article(author=author), make_article()
    for article in (hers, theirs):
        comment = make_comment(article)
        with unit_of_work():
            picks.highlight(comment, by=moderator)
    assert "Author’s pick" in client.get(f"/articles/{hers.slug}").text
    assert "Staff pick" in client.get(f"/articles/{theirs.slug}").text
    assert client.get(f"/articles/{hers.slug}").data == client.get(f"/articles/{hers.slug}").data


def test_the_queue_offers_what_fits(app, client, article, moderator):
    desk = sign_in(client, moderator)
    comment = make_comment(article)
    stranger = app.test_client()
    assert "Pinned" not in stranger.get(f"/articles/{article.slug}").text
    base = f"/admin/comments/{comment.id}/singled-out"
    assert "Pin to the top" in desk.get("/admin/comments/?state=approved").text
    desk.post(f"{base}/pin?state=approved")
    assert "Pinned" in stranger.get(f"/articles/{article.slug}").text
    assert "Unpin" in desk.get("/admin/comments/?state=approved").text
    desk.post(f"{base}/unpin?state=approved")
    assert "Pinned" not in stranger.get(f"/articles/{article.slug}").text
    assert desk.post(f"{base}/eat").status_code == 404
    assert desk.post("/admin/comments/999/singled-out/pin").status_code == 404
