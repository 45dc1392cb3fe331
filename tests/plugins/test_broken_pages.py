"""Parts of pages that change the page around them: what a page is, and whom it is for, it says itself."""

from __future__ import annotations

import pytest
from flask import g, request, session
from jinja2 import ChoiceLoader, DictLoader
from sqlalchemy import select

from shop.core.pages import page_cache
from shop.core.pages.page_cache import made_of, noted_parts, public_page
from shop.core.unit_of_work import board
from shop.extensions import db
from shop.plugins import guarded, registry
from shop.plugins.api import Slot
from shop.plugins.drawing.slots import SlotTable
from shop.plugins.guard.health import HookHealth, health_book
from tests import controls
from tests.factories.articles import make_article

MESSAGE = "strange/message.html"
TEMPLATES = {
    MESSAGE: "{{ message }}",
    "strange/page.html": '{% extends "base.html" %}{% block content %}A page in a page{% endblock %}',
    "strange/around.html": '<p>Here is</p>{% include "strange/page.html" %}',
    "strange/own.html": "<!DOCTYPE HTML><BODY>A page in a page",
}


def goes_elsewhere():
    request.path = "/somewhere/else"
    request.url = "https://elsewhere.example/"
    request.method = "POST"
    request.url_rule = request.view_args = None
    request.environ["PATH_INFO"] = "/somewhere/else"


def signs_out():
    request.view_args.update(slug="elsewhere")
    session.clear()
    session["left"] = "by a slot"


def calls_it_public():
    public_page("strange")
    request.environ[page_cache.TAGS] = frozenset({"strange"})
    g.holds_no_secret = True


def calls_it_nobodys():
    g.private_page = False
    g.page_tags.clear()


@pytest.fixture
def give(app, monkeypatch):
    """Let a stranger's slots stand at a point, before all others."""
    owners = registry().owners
    monkeypatch.setattr(owners, "third_parties", {"strange"})
    loader = ChoiceLoader([DictLoader(TEMPLATES), app.jinja_env.loader])
    monkeypatch.setattr(app.jinja_env, "loader", loader)
    ours, given = list(registry().slots), []

    def give(*slots):
        for slot in slots:
            owners.note(slot, "strange")
        given.extend(slots)
        monkeypatch.setattr(registry(), "slot_table", SlotTable([*slots, *ours]))
        health_book().quick.update(owners.place_of(each, "slots") for each in given)
        board().purge_everything()

    yield give
    health_book().forget("strange")


def test_a_slot_changes_nothing_of_the_request_around_it(app, client, give):
    make_article(slug="coast")
    whole = client.get("/articles/coast")
    for is_quick in (True, False):
        give(Slot("header.tools", MESSAGE, lambda: goes_elsewhere() or {"message": ""}, order=0))
        if not is_quick:
            health_book().quick.clear()
        changed = client.get("/articles/coast")
        assert changed.text == whole.text
        assert changed.headers["Cache-Control"] == whole.headers["Cache-Control"]


@pytest.mark.parametrize("take", [goes_elsewhere, signs_out])
def test_a_slot_gives_back_what_it_was_lent(app, give, take):
    give(slot := Slot("header.tools", MESSAGE, take))
    with app.test_request_context("/articles/coast"):
        session["kept"] = "by us"
        rule = request.url_rule
        guarded("slots", slot, slot.context, otherwise=None)
        assert (request.path, request.method, request.url_rule) == ("/articles/coast", "GET", rule)
        assert request.view_args == {"slug": "coast"}
        assert request.environ["PATH_INFO"] == "/articles/coast"
        assert dict(session) == {"kept": "by us"}


@controls.on_sqlite
@pytest.mark.parametrize(
    ("guard", "take"),
    [
        ("the request is given back", goes_elsewhere),
        ("the environment is given back", goes_elsewhere),
        ("the address is given back", signs_out),
        ("the session is given back", signs_out),
    ],
)
def test_control_a_slot_gives_back_what_it_was_lent(app, give, guard, take):
    with controls.failing_without(guard):
        test_a_slot_gives_back_what_it_was_lent(app, give, take)


def test_a_slot_makes_no_page_public_and_forgets_none_of_what_it_is_made_of(app, client, give):
    make_article(slug="coast")
    give(
        Slot("header.tools", MESSAGE, lambda: calls_it_public() or {"message": ""}, order=0),
        Slot("footer", MESSAGE, lambda: calls_it_nobodys() or {"message": ""}, order=0),
    )
    found = client.get("/account/sign-in")
    assert "public" not in found.headers["Cache-Control"]
    assert page_cache.TAGS not in found.request.environ
    client.get("/articles/coast")
    with app.test_request_context():
        g.page_tags = {"article:1"}
        g.private_page = True
        slot = registry().slot_table._by_point["footer"][0]
        guarded("slots", slot, slot.context, otherwise=None)
        assert (g.page_tags, g.private_page) == ({"article:1"}, True)


@controls.on_sqlite
def test_control_a_slot_makes_no_page_public(app, client, give):
    with controls.failing_without("whom a page is for"):
        test_a_slot_makes_no_page_public_and_forgets_none_of_what_it_is_made_of(app, client, give)


def test_what_a_part_says_in_a_thread_of_its_own_is_said_of_the_kept_piece(app, give):
    give(slot := Slot("footer", MESSAGE, lambda: made_of("strange:1")))
    health_book().quick.clear()
    with app.test_request_context(), noted_parts() as said:
        guarded("slots", slot, slot.context, otherwise=None)
    assert said == {"strange:1"}


def test_a_page_in_a_page_is_not_drawn(app, client, give):
    whole = client.get("/contact").text
    broken = [Slot("footer", each, dict, order=0) for each in TEMPLATES if each != MESSAGE]
    give(*broken)
    lacking = client.get("/contact")
    assert lacking.status_code == 200
    assert lacking.text.lower().count("<html") == 1
    assert "A page in a page" not in lacking.text
    assert len(lacking.text) == len(whole)
    health_book().write()
    rows = db.session.scalars(select(HookHealth).where(HookHealth.plugin == "strange")).all()
    assert {row.part.partition(" ")[2] for row in rows if row.failures} == set(TEMPLATES) - {
        MESSAGE
    }


@controls.on_sqlite
def test_control_a_page_in_a_page_is_not_drawn(app, client, give):
    with controls.failing_without("no page in a page"):
        test_a_page_in_a_page_is_not_drawn(app, client, give)
