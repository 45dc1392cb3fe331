"""The rail, and the first page."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from flask import Blueprint

from shop.blueprints.admin.navigation import how_much_waits
from shop.core.app_state import app_state
from shop.core.mail import transports
from shop.core.mail.models import Mail
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from shop.plugins import registry
from shop.plugins.types import AdminSection
from tests.comments.test_threads import statements
from tests.factories.accounts import make_account, sign_in
from tests.factories.articles import make_article


@pytest.fixture
def owner(client):
    return sign_in(client, make_account("owner", email="owner@example.org"))


def rail(page: str) -> str:
    return re.search(r'<nav class="rail__menu".*?</nav>', page, re.DOTALL)[0]


def message(client):
    client.post("/contact", data={"name": "R", "email": "r@example.org", "message": "Hello."})


def test_the_rail_shows_what_one_may_enter(app, client):
    sign_in(client, make_account("editor"))
    links = rail(client.get("/admin/").text)
    assert "/admin/messages/" in links
    assert "/admin/users/" not in links
    assert "System" not in links


def test_pages_within_another_section_have_no_link_of_their_own(owner):
    within = [each for each in registry().admin_sections if each.within]
    assert within
    page = owner.get("/admin/").text
    for section in within:
        assert f"/admin/{section.within}/" in rail(page)
        assert f"/admin/{section.name}/" not in page
        assert str(section.label) not in rail(page)


def test_the_rail_says_where_one_is(owner):
    for path, label in (("/admin/", "Today"), ("/admin/users/new", "Users")):
        current = re.findall(r'aria-current="page"><span>([^<]*)', rail(owner.get(path).text))
        assert current == [label]


def test_the_palette_goes_where_the_rail_goes(owner):
    page = owner.get("/admin/").text
    palette = page[page.index("<command-palette") :]
    for url in re.findall(r'class="rail__link" href="(/admin/[^"]*)"', rail(page)):
        assert f'href="{url}"' in palette


def test_what_waits_is_counted(client, owner):
    message(client)
    page = owner.get("/admin/").text
    assert re.search(r'<span>Messages</span> <span class="count">1</span>', rail(page))
    assert re.search(r'<span class="tile__figure">1</span>Messages', page)


@pytest.mark.parametrize("path", ["/admin/", "/admin/orders/"])
def test_each_count_is_asked_once_a_page(app, owner, monkeypatch, path):
    asked = []
    section = next(each for each in registry().admin_sections if each.name == "messages")
    monkeypatch.setattr(
        registry(),
        "admin_sections",
        [
            replace(each, count=lambda: asked.append(1) or 0) if each is section else each
            for each in registry().admin_sections
        ],
    )
    assert owner.get(path).status_code == 200
    assert len(asked) == 1


def test_what_waits_in_all_sections_is_one_question(owner):
    sections = registry().admin_sections
    with statements() as sent:
        found = how_much_waits(sections)
    assert how_much_waits([]) == {}
    assert len([each for each, _parameters in sent if "count(" in each]) == 1
    assert {each.name for each in sections if each.count} == set(found)


@pytest.mark.parametrize("is_query", [False, True])
def test_a_count_that_fails_shows_nothing(app, client, owner, monkeypatch, is_query):
    def fail() -> int:
        query = db.select(db.literal_column("nothing")).select_from(db.table("nowhere"))
        return query if is_query else db.session.scalar(query)

    broken = [
        AdminSection(
            "users", "Broken", "house", "users.manage", Blueprint("x", "x"), order=1, count=fail
        ),
        AdminSection("jobs", "Endless", "house", "jobs.manage", Blueprint("y", "y"), endpoint="no"),
        *registry().admin_sections,
    ]
    monkeypatch.setattr(registry(), "admin_sections", broken)
    message(client)
    answer = owner.get("/admin/users/")
    assert answer.status_code == 200
    assert "Broken" in answer.text
    assert '<span>Messages</span> <span class="count">1</span>' in answer.text
    assert "owner@example.org" in answer.text


def test_an_empty_desk_teaches(owner):
    assert "Nothing to do" in owner.get("/admin/").text


def test_the_first_page_shows_what_its_reader_may_go_on_with(app, client, owner):
    make_article(title="Half a letter", state="draft", published_at=None)
    make_article(title="A letter for later", days_ago=-9)
    for role, sees_sales, sees_drafts in [
        ("owner", True, True),
        ("author", False, False),
        ("bookkeeper", True, False),
    ]:
        text = sign_in(app.test_client(), make_account(role)).get("/admin/").text
        assert ("Sales in the last 30 days" in text) is sees_sales, role
        assert ("Half a letter" in text) is ("A letter for later" in text) is sees_drafts, role


def test_mail_that_cant_leave_is_said(app, owner, outbox):
    app_state().mail.transport = transports.transport_for("")
    with unit_of_work():
        db.session.add(
            Mail(
                kind="x",
                recipient="r@example.org",
                subject="S",
                text="",
                html="",
                headers={},
                message_id="m",
            )
        )
    assert "1 email is waiting" in owner.get("/admin/").text
    assert "No mail server is set up" in owner.get("/admin/mail/").text


def test_the_back_office_is_never_kept(owner):
    answer = owner.get("/admin/")
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert 'name="robots" content="noindex"' in answer.text


@pytest.mark.parametrize("path", ["/admin/", "/admin/users/new", "/admin/nothing/"])
def test_a_page_begins_with_the_way_to_its_contents_and_has_its_landmarks(owner, path):
    page = owner.get(path).text
    assert re.search(r"<a [^>]*>([^<]*)", page)[0].endswith('href="#main">Skip to main content')
    for landmark in ("<header", '<main id="main"', "<footer"):
        assert page.count(landmark) == 1, landmark
