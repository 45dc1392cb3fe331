"""Staff answer a comment, edit its text, and see who wrote it: from the queue's card, with one undo each."""

from __future__ import annotations

import json
import re

import pytest
from sqlalchemy import select

from shop.blueprints.comments import plugin, queries
from shop.blueprints.comments.authors import services as own
from shop.blueprints.comments.export import json_file
from shop.blueprints.comments.models import Comment, StaffEdit, State
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from shop.plugins.api.events import CommentApproved, CommentEditedByStaff, CommentPosted
from tests.factories.accounts import make_account, sign_in
from tests.factories.comments import all_comments, make_article, make_comment

QUEUE = "/admin/comments/"


@pytest.fixture
def article(app):
    return make_article(title="Eight keys to trust", comments_open=False)


@pytest.fixture
def comment(article):
    return make_comment(
        article, State.WAITING, author_name="Ann", email="ann@example.org", body="Buy it at Shady."
    )


@pytest.fixture
def desk(client):
    """The browser of a moderator."""
    return sign_in(client, make_account("moderator", name="Mia"))


def say(desk, comment, what, body, version=None):
    version = comment.version if version is None else version
    return desk.post(
        f"{QUEUE}{comment.id}/{what}?state=waiting", data={"body": body, "version": version}
    )


def undo(desk, page):
    return desk.post(re.search(r'action="([^"]*/undo[^"]*)"', page)[1].replace("&amp;", "&"))


def states():
    db.session.rollback()
    return [each.state for each in all_comments()]


def test_an_answer_approves_what_it_answers_and_one_undo_takes_both_back(
    app, desk, article, comment, published
):
    answer = say(desk, comment, "answers", "Please *don’t*.")
    assert (answer.status_code, answer.location) == (303, f"{QUEUE}?state=waiting")
    db.session.rollback()
    first, second = all_comments()
    assert states() == ["approved", "approved"]
    assert (second.parent_id, second.author_name, second.is_staff) == (first.id, "Mia", True)
    assert published == [
        CommentPosted(second.id),
        CommentApproved(first.id),
        CommentApproved(second.id),
    ]
    assert "Please <em>don’t</em>." in app.test_client().get(f"/articles/{article.slug}").text
    undo(desk, desk.get(QUEUE).text)
    assert states() == ["waiting", "waiting"]


def test_who_answers_or_edits_what_has_changed_keeps_the_words_and_is_told(desk, comment):
    for what in ("answers", "text"):
        answer = say(desk, comment, what, "My long answer.", version=comment.version + 1)
        assert answer.status_code == 422
        assert "My long answer." in answer.text
        assert "has changed since you opened it" in answer.text
        assert say(desk, comment, what, " ").status_code == 422
    assert states() == ["waiting"]


def test_a_text_that_staff_edited_says_so_and_can_be_set_back(
    app, desk, article, comment, published
):
    desk.post(f"{QUEUE}{comment.id}/approve?state=waiting")
    db.session.rollback()
    say(desk, comment, "text", "Buy it anywhere.")
    page = app.test_client().get(f"/articles/{article.slug}").text
    assert "Buy it anywhere." in page
    assert "edited by staff" in page
    assert "Shady" not in page
    assert published[-1] == CommentEditedByStaff(comment.id)
    log = desk.get(f"{QUEUE}edits").text
    assert "Buy it at Shady." in log
    assert "Mia" in log
    unread = desk.get(f"{QUEUE}?state=approved&unread=1").text
    assert "Buy it anywhere." not in unread
    undo(desk, log)
    page = app.test_client().get(f"/articles/{article.slug}").text
    assert "Buy it at Shady." in page
    assert "edited by staff" not in page


def test_a_decision_can_be_undone_after_an_edit_but_not_made_on_the_text_before(desk, comment):
    seen = comment.version
    say(desk, comment, "text", "Buy it anywhere.")
    desk.post(f"{QUEUE}{comment.id}/spam?state=waiting&version={seen}")
    assert states() == ["waiting"]
    db.session.rollback()
    desk.post(f"{QUEUE}{comment.id}/approve?state=waiting")
    db.session.rollback()
    decision = db.session.get_one(Comment, comment.id).version
    say(desk, comment, "text", "Buy it.", version=decision)
    desk.post(f"{QUEUE}decisions/1/undo")
    assert states() == ["waiting"]


def test_what_staff_edited_goes_out_and_comes_back_with_the_original(desk, comment, tmp_path):
    say(desk, comment, "text", "Buy it anywhere.")
    db.session.rollback()
    with (tmp_path / "all.json").open("w") as file:
        json_file.write_json(file)
    row = json.loads((tmp_path / "all.json").read_text())["comments"][0]
    assert (row["body"], row["original_body"]) == ("Buy it anywhere.", "Buy it at Shady.")
    (personal,) = plugin.personal_data()
    told = personal.export("ann@example.org")[0]
    assert (told["comment"], told["as_you_wrote_it"]) == ("Buy it anywhere.", "Buy it at Shady.")
    with unit_of_work():
        own.erase("ann@example.org")
    assert db.session.scalars(select(StaffEdit)).all() == []
    assert queries.comment_or_404(comment.id).original_body is None


def test_the_card_tells_who_wrote_and_what_else(desk, article, comment):
    make_comment(article, State.SPAM, email="ann@example.org", body="The one before.")
    page = desk.get(f"{QUEUE}{comment.id}?state=waiting").text
    assert "mailto:ann@example.org" in page
    assert "The one before." in page
    assert 'name="body"' in page
    assert f"{QUEUE}{comment.id}?state=waiting#answer-{comment.id}" in desk.get(QUEUE).text


def test_an_article_leads_to_its_comments_in_the_queue_without_scripts(
    client, desk, article, comment
):
    page = client.get(f"/articles/{article.slug}").text
    [link] = re.findall(r'<noscript>.*?href="([^"]+)"', page)
    assert link == f"{QUEUE}?article={article.slug}"
    assert comment.author_name in desk.get(link).text
