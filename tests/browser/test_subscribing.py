"""Journeys of those who write to us, ask for letters, and look for something."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from shop.blueprints.newsletter.models import NewsletterSubscriber
from shop.extensions import db
from tests.browser.conftest import DESKTOP
from tests.browser.hands import fill, heading, main, path_of, press, said

pytestmark = pytest.mark.browser


def test_a_visitor_subscribes_confirms_and_leaves(visitor, site, has_script, look):
    email = f"{'script' if has_script else 'plain'}.letters@example.net"
    visitor.goto("/articles/the-quiet-week")
    foot = visitor.get_by_role("contentinfo")
    foot.get_by_label("Email").fill("nobody at all")
    foot.get_by_role("button", name="Subscribe").click()
    expect(visitor.get_by_text("Thanks for subscribing")).to_have_count(0)
    expect(main(visitor).get_by_label("Email")).to_have_value("nobody at all")
    look(visitor, "newsletter-refused")
    fill(visitor, Email=email)
    press(visitor, "Subscribe")
    said(visitor, "Thanks for subscribing")

    link = path_of(site.link_in(site.wait_for_mail(email), "/newsletter/confirm/"))
    for _look_twice in range(2):
        visitor.goto(link)
        heading(visitor, "One more step")
    look(visitor, "newsletter-confirm")
    press(visitor, "Yes, subscribe me")
    heading(visitor, "You are subscribed")
    look(visitor, "newsletter-confirmed")

    leave = leaving_address(site, email)
    for _look_twice in range(2):
        visitor.goto(leave)
        heading(visitor, "Unsubscribe from the newsletter?")
    look(visitor, "newsletter-leave")
    press(visitor, "Unsubscribe")
    heading(visitor, "You are unsubscribed")
    look(visitor, "newsletter-left")


def leaving_address(site, email):
    """The way out that stands in each letter; none has been sent yet."""
    with site.app.app_context():
        subscriber = db.session.scalar(
            select(NewsletterSubscriber).where(NewsletterSubscriber.email == email)
        )
        return f"/newsletter/unsubscribe/{subscriber.token}"


def test_a_message_reaches_the_owner(visitor, another, has_script, look):
    name = "Wim Writes" if has_script else "Wil Writes"
    thanks = "Thanks for contacting us! We'll get back to you as soon as possible."
    visitor.goto("/contact")
    fill(visitor, Name=name, Email="wim at home", Message="Is the box green?")
    press(visitor, "Send message")
    expect(visitor.get_by_role("alert")).to_be_visible()
    expect(visitor.get_by_text(thanks)).to_have_count(0)
    expect(main(visitor).get_by_label("Message")).to_have_value("Is the box green?")
    look(visitor, "contact-refused")
    fill(visitor, Email="wim@example.net")
    press(visitor, "Send message")
    said(visitor, thanks)

    desk = another("owner", viewport=DESKTOP)
    desk.goto("/admin/messages/")
    main(desk).get_by_role("link", name=name).click()
    expect(main(desk).get_by_text("Is the box green?")).to_be_visible()
    look(desk, "admin-message")
    press(desk, "Close")
    desk.goto("/admin/messages/")
    expect(main(desk).get_by_role("link", name=name)).to_have_count(0)


def test_a_search_finds_articles_and_guides(visitor, look):
    visitor.goto("/search")
    fill(visitor, Search="repair")
    press(visitor, "Search")
    results = main(visitor).get_by_role("article")
    expect(results.get_by_role("link", name="The Repair Notebook")).to_be_visible()
    fill(visitor, Search="eight keys")
    press(visitor, "Search")
    results.get_by_role("link", name="Eight keys to trust, after it has been broken").click()
    heading(visitor, "Eight keys to trust, after it has been broken")
