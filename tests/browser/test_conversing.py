"""Journeys of readers who write: change it, take it back, hear of answers, read on, sort."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from shop.blueprints.comments import decisions
from shop.blueprints.comments.models import Comment
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from tests.browser.conftest import LONG_AGO
from tests.browser.hands import fill, heading, main, path_of, press, said
from tests.comments.test_threads import fill as fill_with_comments
from tests.factories.articles import make_article

pytestmark = pytest.mark.browser

SENT = "Thanks for your comment. It will appear once it has been approved."


@pytest.fixture
def talk(site):
    """The address of an article of this test's own, with as many comments as asked for."""

    def made(title: str, comments: int = 0) -> str:
        with site.app.app_context():
            article = make_article(title=title, days_ago=LONG_AGO)
            if comments:
                fill_with_comments(article, comments)
            return f"/articles/{article.slug}"

    return made


@pytest.fixture
def approve(site):
    """Let a moderator approve the comment of these words; answers with its number."""

    def decided(words: str) -> int:
        with site.app.app_context():
            comment = db.session.scalars(select(Comment).where(Comment.body == words)).one()
            with unit_of_work():
                decisions.approve(comment, by=None)
            return comment.id

    return decided


def write(page, address, name, email, words, *, wants_answers=False):
    page.goto(address)
    fill(page, Name=name, Email=email, Comment=words)
    if wants_answers:
        main(page).get_by_label("Tell me when someone replies").check()
    press(page, "Post comment")
    said(page, SENT)


def test_a_reader_changes_a_comment_and_takes_it_back(
    visitor, has_script, talk, approve, look, accessible
):
    way = "with" if has_script else "without"
    address, words = talk(f"Second thoughts {way}"), f"A thought {way} a script."
    write(visitor, address, "Ada Second", f"ada.{way}@example.net", words)
    main(visitor).get_by_role("link", name="Change or delete yours").click()
    heading(visitor, "Your comments")
    look(visitor, "comments-mine")
    main(visitor).get_by_role("link", name="Edit").click()
    accessible(visitor)
    fill(visitor, Comment="")
    press(visitor, "Save changes")
    expect(visitor.get_by_role("alert")).to_contain_text("Comment: Enter a comment.")
    fill(visitor, Comment=f"A better {words}")
    press(visitor, "Save changes")
    said(visitor, "Your comment has been changed. It will appear once it has been approved.")
    expect(main(visitor).get_by_text("Waiting for approval")).to_be_visible()

    number = approve(f"A better {words}")
    visitor.goto(f"/comments/{number}")
    expect(visitor.locator(f"#comment-{number}")).to_contain_text("edited")
    visitor.goto("/comments/mine")
    main(visitor).get_by_role("link", name="Delete").click()
    accessible(visitor)
    press(visitor, "Delete")
    said(visitor, "Your comment has been deleted.")
    expect(main(visitor).get_by_text("No comments yet")).to_be_visible()
    visitor.goto(address)
    expect(main(visitor).get_by_text(words)).to_have_count(0)


def test_a_reader_hears_of_an_answer_until_she_leaves(
    visitor, another, has_script, talk, approve, site, accessible
):
    way = "scripted" if has_script else "plain"
    address, words, email = (
        talk(f"Answers {way}"),
        f"Who answers, {way}?",
        f"ruth.{way}@example.net",
    )
    write(visitor, address, "Ruth Waits", email, words, wants_answers=True)
    number = approve(words)
    asking = site.wait_for_mail(email)
    visitor.goto(path_of(site.link_in(asking, "/comments/answers/confirm/")))
    accessible(visitor)
    press(visitor, "Yes, email me replies")
    heading(visitor, "You will get replies by email")

    stranger = another()
    stranger.goto(address)
    stranger.locator(f"#comment-{number}").get_by_role("link", name="Reply").click()
    fill(stranger, Name="Bo Answers", Email=f"bo.{way}@example.net", Comment=f"I do, {way}.")
    press(stranger, "Post comment")
    said(stranger, SENT)
    reply = approve(f"I do, {way}.")
    told = site.wait_for_mail(email, after=1)
    assert told["Subject"] == f"Bo Answers replied on “Answers {way}”"
    visitor.goto(path_of(site.link_in(told, f"/comments/{reply}")))
    expect(visitor.locator(f"#comment-{reply}")).to_contain_text(f"I do, {way}.")
    visitor.goto(path_of(site.link_in(told, "/comments/answers/leave/")))
    accessible(visitor)
    press(visitor, "Unsubscribe")
    heading(visitor, "No more emails")


def test_a_reader_reads_on_sorts_and_says_what_helped(visitor, has_script, talk, accessible):
    address = talk(f"A long talk {has_script}", comments=60)
    visitor.goto(address)
    tops = visitor.locator("#comments > .thread > li")
    expect(tops).to_have_count(50)
    visitor.get_by_role("link", name="Older comments").click()
    expect(visitor.get_by_text("Comment 0.", exact=True)).to_be_visible()
    if has_script:
        expect(tops).to_have_count(60)
        expect(visitor.locator("#comments article:focus")).to_contain_text("Comment 9.")
        expect(visitor.get_by_role("link", name="Older comments")).to_have_count(0)
    else:
        expect(tops).to_have_count(10)
    accessible(visitor)
    visitor.get_by_role("link", name="Oldest first").click()
    assert "sort=oldest" in visitor.url
    expect(tops.first).to_contain_text("Comment 0.")
    tops.first.get_by_role("button", name="Helpful").click()
    if has_script:
        expect(tops.first.get_by_role("button", name="Helpful 1", pressed=True)).to_be_visible()
    else:
        said(visitor, "Thanks. Your vote was counted.")
    visitor.goto(f"{address}?sort=oldest")
    tops.first.get_by_role("button", name="Helpful 1", pressed=True).click()
    if not has_script:
        said(visitor, "Your vote was taken back.")
    expect(tops.first.get_by_role("button", name="Helpful", pressed=False)).to_have_text("Helpful")


def test_whoever_is_signed_in_skips_name_and_address(window, sign_in, talk):
    """Without a script the fields stand there and may stay empty, as `tests/comments` show."""
    address = talk("Known here")
    window.goto(address)
    name = main(window).get_by_label("Name", exact=True)
    expect(name).to_be_visible()
    sign_in(window, "buyer")
    window.goto(address)
    expect(name).to_be_hidden()
    expect(main(window).get_by_text("You are signed in")).to_be_visible()
    fill(window, Comment="By my account.")
    press(window, "Post comment")
    said(window, SENT)
    window.goto("/comments/mine")
    expect(main(window).get_by_text("By my account.")).to_be_visible()
