"""Leaving a kind of mail by one click (RFC 8058)."""

from __future__ import annotations

import pytest
from flask import Flask

from shop.core.mail import unsubscribe

ONE_CLICK = {"List-Unsubscribe": "One-Click"}
CROSS_SITE = {"Sec-Fetch-Site": "cross-site"}
OURS = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def left():
    """Who has left."""
    return []


@pytest.fixture
def browser(left):
    site = Flask("mails")

    @site.post("/leave")
    @unsubscribe.one_click
    def leave():
        left.append("somebody")
        return unsubscribe.unsubscribed("No more mails.", "/left")

    return site.test_client()


def test_a_mail_program_leaves_from_anywhere_and_is_not_sent_on(browser, left):
    answer = browser.post("/leave", data=ONE_CLICK, headers=CROSS_SITE)
    assert (answer.status_code, answer.text) == (200, "No more mails.")
    assert answer.content_type == "text/plain; charset=utf-8"
    assert left == ["somebody"]


def test_a_person_on_our_page_is_led_back_to_it(browser, left):
    answer = browser.post("/leave", headers=OURS)
    assert (answer.status_code, answer.location) == (303, "/left")
    assert left == ["somebody"]


def test_another_site_makes_nobody_leave(browser, left):
    assert browser.post("/leave", headers=CROSS_SITE).status_code == 403
    assert left == []


def test_a_mail_says_where_it_can_be_left():
    assert unsubscribe.headers("https://shop.example/leave/x") == {
        "List-Unsubscribe": "<https://shop.example/leave/x>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
