"""The moderator's work: by keyboard alone at a desk, and by touch on a phone without JavaScript."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from shop.core import clock
from tests.browser.conftest import DESKTOP, LONG_AGO, PHONE
from tests.browser.hands import heading, main, press
from tests.factories.comments import make_article, make_comment

pytestmark = pytest.mark.browser


@pytest.fixture
def waiting(site) -> Callable[..., str]:
    """Comments that wait, below an article of their own; the address of the queue with these alone."""

    def write(article: str, *names: str) -> str:
        with site.app.app_context():
            below = make_article(
                title=article,
                slug=article.lower().replace(" ", "-"),
                published_at=clock.now() - timedelta(days=LONG_AGO),
            )
            for name in names:
                make_comment(below, "waiting", author_name=name, body=f"{name} has a thought.")
        return f"/admin/comments/?article={article.lower().replace(' ', '-')}"

    return write


def in_queue(page: Page, *names: str) -> None:
    expect(page.locator(".queue__row strong")).to_have_text(names)


def at_hand(page: Page, name: str) -> None:
    expect(page.locator(".queue__row:focus")).to_contain_text(f"{name} has a thought.")


def test_a_moderator_needs_nothing_but_keys(another, waiting, look):
    queue = waiting("Keys alone", "Anna", "Bert", "Cleo", "Dora", "Emil")
    desk = another("moderator", viewport=DESKTOP)
    desk.goto(queue)
    in_queue(desk, "Anna", "Bert", "Cleo", "Dora", "Emil")  # first in, first out
    press_key = desk.keyboard.press

    press_key("?")
    help_ = desk.get_by_role("dialog", name="Keys")
    expect(help_).to_be_visible()
    look(desk, "admin-comments-keys")
    press_key("Escape")
    expect(help_).to_be_hidden()

    press_key("j")
    at_hand(desk, "Anna")
    press_key("j")
    at_hand(desk, "Bert")
    press_key("k")
    at_hand(desk, "Anna")
    press_key("a")
    at_hand(desk, "Bert")
    press_key("s")
    at_hand(desk, "Cleo")
    press_key("u")
    at_hand(desk, "Bert")
    in_queue(desk, "Bert", "Cleo", "Dora", "Emil")  # undone, and in its old place

    press_key("r")
    at_hand(desk, "Cleo")
    press_key("x")
    press_key("j")
    press_key("x")
    expect(desk.get_by_text("2 selected")).to_be_visible()
    look(desk, "admin-comments-selected")
    press_key("a")
    at_hand(desk, "Emil")
    in_queue(desk, "Emil")

    desk.goto("/articles/keys-alone")
    for name in ("Anna", "Cleo", "Dora"):
        expect(main(desk).get_by_text(f"{name} has a thought.")).to_be_visible()
    for name in ("Bert", "Emil"):
        expect(main(desk).get_by_text(f"{name} has a thought.")).to_have_count(0)


def test_a_moderator_decides_by_touch_on_a_phone_without_scripts(another, waiting):
    queue = waiting("Touch alone", "Fred", "Gina", "Hugo")
    phone = another("moderator", viewport=PHONE, has_touch=True, java_script_enabled=False)
    phone.goto(queue)

    def tap(name: str, button: str) -> None:
        row = phone.get_by_role("listitem").filter(has_text=f"{name} has a thought.")
        target = row.get_by_role("button", name=button)
        box = target.bounding_box()
        assert min(box["width"], box["height"]) >= 24, "a finger's width (WCAG 2.5.8)"
        target.tap()

    tap("Fred", "Approve")
    in_queue(phone, "Gina", "Hugo")
    tap("Gina", "Spam")
    phone.get_by_role("status").get_by_role("button", name="Undo").tap()
    in_queue(phone, "Gina", "Hugo")
    phone.get_by_role("checkbox", name="Select the comment by Gina").check()
    phone.get_by_role("checkbox", name="Select the comment by Hugo").check()
    bar = phone.get_by_role("group", name="With the selected comments")
    bar.get_by_role("button", name="Reject").tap()
    heading(phone, "Comments")
    in_queue(phone)


def test_the_log_says_who_decided_what_and_takes_it_back(another, waiting, look):
    queue = waiting("The log", "Ilse")
    desk = another("moderator", viewport=DESKTOP)
    desk.goto(queue)
    press(desk, "Reject")
    in_queue(desk)
    desk.goto("/admin/comments/decisions")
    look(desk, "admin-comments-log")
    row = main(desk).get_by_role("row").filter(has_text="Ilse")
    expect(row).to_contain_text("Joan Pettifer")
    row.get_by_role("button", name="Undo").click()
    expect(row.first).to_contain_text("undo")
    desk.goto(queue)
    in_queue(desk, "Ilse")
