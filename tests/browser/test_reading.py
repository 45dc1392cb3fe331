"""Journeys of readers: an article, its comments, and the moderator who lets them through."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.hands import fill, heading, main, press, said
from tests.factories.articles import make_article

pytestmark = pytest.mark.browser

KEYS = "/articles/eight-keys-to-trust"
SENT = "Thanks for your comment. It will appear once it has been approved."


def test_a_reader_reads_the_eight_keys_and_goes_on(visitor):
    visitor.goto("/")
    main(visitor).get_by_role("link", name=re.compile("Eight keys to trust")).first.click()
    heading(visitor, "Eight keys to trust, after it has been broken")
    keys = visitor.locator("h2[data-number]")
    expect(keys).to_have_count(8)

    visitor.get_by_text("In this article").click()
    contents = visitor.get_by_role("navigation", name="In this article")
    for title in keys.all_inner_texts():
        expect(contents.get_by_role("link", name=title, exact=True)).to_be_visible()
    contents.get_by_role("link", name=re.compile("Small promises, kept")).click()
    expect(
        visitor.get_by_role("heading", name=re.compile("Small promises, kept"))
    ).to_be_in_viewport()

    onward = visitor.get_by_role("navigation", name="Pages").get_by_role("link").last
    # After the small word that says which way it is.
    title = onward.locator("span").evaluate("words => words.lastChild.textContent").strip()
    onward.click()
    heading(visitor, title)


def test_a_comment_is_kept_on_error_then_waits_then_everybody_sees_it(
    visitor, another, has_script, look
):
    article = "/articles/the-quiet-week"
    way = "with" if has_script else "without"
    text = f"We were quiet for a fortnight, {way} a script."
    stranger = another()
    stranger.goto(article)

    visitor.goto(article)
    fill(visitor, Name="Ada Quiet", Email="ada at home", Comment=text)
    press(visitor, "Post comment")
    expect(visitor.get_by_role("alert")).to_contain_text("Your comment was not sent yet")
    expect(visitor.get_by_text(SENT)).to_have_count(0)
    email = main(visitor).get_by_label("Email", exact=True)
    expect(email).to_have_accessible_description(re.compile("address"))
    expect(email).to_have_value("ada at home")
    expect(main(visitor).get_by_label("Comment", exact=True)).to_have_value(text)
    look(visitor, "article-comment-refused")
    fill(visitor, Email=f"ada.{way}@example.net")  # somebody known here would be published at once
    press(visitor, "Post comment")
    said(visitor, SENT)
    own = visitor.get_by_role("article").filter(has_text=text).last
    expect(own).to_contain_text("Only you see this")
    stranger.goto(article)
    expect(stranger.get_by_text(text)).to_have_count(0)

    desk = another("moderator")
    desk.goto("/admin/comments/")
    row = desk.get_by_role("listitem").filter(has_text=text)
    expect(row).to_contain_text("Ada Quiet")
    row.get_by_role("button", name="Approve").click()
    expect(row).to_have_count(0)

    stranger.goto(article)
    comment = stranger.get_by_role("article").filter(has_text=text).last
    expect(comment).to_contain_text("Ada Quiet")
    expect(comment.locator("time[datetime]")).to_have_text("just now")


def test_an_answer_stands_below_what_it_answers(visitor, another, has_script, look):
    way = "script" if has_script else "no script"
    text = f"The tin opener stays with me, {way}."
    visitor.goto(KEYS)
    asked = visitor.locator("article.comment", has_text="I was looking for the tin opener").first
    number = asked.get_attribute("id").removeprefix("comment-")
    asked.get_by_role("link", name="Reply to Ruth Abelson").click()
    if not has_script:
        assert f"?reply={number}" in visitor.url
    expect(visitor.get_by_text("In reply to Ruth Abelson")).to_be_visible()
    look(visitor, "article-replying")
    email = f"bo.{way.replace(' ', '.')}@example.net"
    fill(visitor, Name="Bo Answer", Email=email, Comment=text)
    press(visitor, "Post comment")
    said(visitor, SENT)

    desk = another("moderator")
    desk.goto("/admin/comments/")
    row = desk.get_by_role("listitem").filter(has_text=text)
    row.get_by_role("button", name="Approve").click()
    expect(row).to_have_count(0)
    stranger = another()
    stranger.goto(KEYS)
    expect(stranger.locator(f"#comment-{number} .thread")).to_contain_text(text)


def test_the_first_to_comment_is_invited(visitor, site):
    with site.app.app_context():
        address = f"/articles/{make_article(title='Not a word yet').slug}"
    visitor.goto(address)
    expect(main(visitor).get_by_text("Be the first to comment.")).to_be_visible()
