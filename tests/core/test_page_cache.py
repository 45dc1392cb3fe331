"""Pages that anyone may see are made once, and never hold what is one visitor's."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import pytest
from flask import Blueprint, Flask, request, session
from sqlalchemy.exc import OperationalError
from werkzeug.test import EnvironBuilder

from shop.core.app_state import hold
from shop.core.changes.purge import PurgeBoard
from shop.core.database import silence
from shop.core.pages import cache, makers, page_cache
from shop.core.pages.cache import PageCache
from shop.core.pages.memory import PageMemory
from shop.core.pages.page import KeptPage
from shop.core.pages.page_cache import (
    INCOMPLETE,
    NotedRequest,
    keep_out_of_sight,
    made_of,
    public_page,
)
from shop.core.pages.store import PageStore
from shop.core.web import notices
from tests.servers import until


@pytest.fixture
def board(tmp_path):
    return PurgeBoard(tmp_path / "board")


@pytest.fixture
def site(board):
    """A tiny site behind the cache; `site.made` counts how often its page was made."""
    app = Flask("tiny")
    app.request_class = NotedRequest
    app.secret_key = "x"
    hold(app, SimpleNamespace(config=SimpleNamespace(base_url="http://localhost")))
    app.made = 0
    app.broken = False

    @app.get("/page")
    def page():
        app.made += 1
        if app.broken:
            raise OperationalError("", {}, Exception())
        public_page("thing")
        if request.args.get("who"):
            session["seen"] = True
        shown = "".join(notice.text for notice in notices.take())
        return f"page {app.made} {shown}"

    app.post("/say")(lambda: notices.notify("hello") or "")
    app.errorhandler(OperationalError)(lambda _error: ("away", 503))
    app.after_request(notices.carry)
    app.after_request(page_cache.mark)
    app.wsgi_app = PageCache(app.wsgi_app, board)
    return app


def test_a_page_is_made_once(site):
    visitors = [site.test_client() for _ in range(3)]
    assert {visitor.get("/page").text for visitor in visitors} == {"page 1 "}


def test_a_purge_is_seen_by_the_next_stranger(site, board):
    site.test_client().get("/page")
    board.purge(["thing"])
    assert site.test_client().get("/page").text.startswith("page 2")


def test_a_purge_while_the_page_is_made_counts(site, board):
    @site.get("/slow")
    def slow():
        site.made += 1
        public_page("thing")
        board.purge(["thing"])
        return str(site.made)

    client = site.test_client()
    assert (client.get("/slow").text, client.get("/slow").text) == ("1", "2")


def test_the_last_good_page_is_served_while_the_database_is_away(site, board):
    client = site.test_client()
    good = client.get("/page").text
    site.broken = True
    board.purge(["thing"])
    answer = client.get("/page")
    assert (answer.status_code, answer.text) == (200, good)
    assert answer.headers["Cache-Status"] == "Bookstall; hit; ttl=-0; detail=stale"
    site.broken = False
    assert "Cache-Status" not in client.get("/page").headers


def test_a_page_that_touched_a_session_is_answered_and_not_kept(site):
    answers = [site.test_client().get("/page?who=1") for _ in range(2)]
    assert [answer.text.strip() for answer in answers] == ["page 1", "page 2"]
    assert {answer.headers["Cache-Control"] for answer in answers} == {"private, no-store"}


def test_a_notice_is_shown_to_one_visitor_once(site):
    one, other = site.test_client(), site.test_client()
    other.get("/page")
    one.post("/say")
    answer = one.get("/page")
    assert "hello" in answer.text
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "hello" not in one.get("/page").text
    assert "hello" not in other.get("/page").text


@pytest.mark.parametrize("forged", ["x", "W10.x.y", "e30"])
def test_a_forged_notice_shows_nothing(site, forged):
    client = site.test_client()
    client.set_cookie("notice", forged)
    assert client.get("/page").status_code == 200


def test_compressed_forms_and_conditional_requests(site):
    client = site.test_client()
    plain = client.get("/page")
    small = client.get("/page", headers={"Accept-Encoding": "br"})
    assert small.headers["Content-Encoding"] == "br"
    assert small.headers["ETag"] != plain.headers["ETag"]
    again = client.get("/page", headers={"If-None-Match": plain.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert client.head("/page").data == b""


def at_once(site, **asked):
    return site.wsgi_app.at_once(EnvironBuilder(**{"path": "/page", **asked}).get_environ())


def test_a_plain_question_for_a_kept_page_is_answered_in_one_step(site):
    shown = [site.test_client().get("/page") for _ in range(2)][1]
    headers, body = at_once(site)
    assert (dict(headers), body) == (dict(shown.headers), shown.data)
    assert site.made == 1


@pytest.mark.parametrize(
    "asked",
    [
        {"method": "HEAD"},
        {"method": "POST"},
        {"query_string": "who=1"},
        {"headers": {"Cookie": "any=1"}},
        {"headers": {"If-None-Match": '"x"'}},
        {"headers": {"X-Fragment": "none"}},
        {"headers": {"Accept-Encoding": "br"}},  # nobody has asked for that form yet
        {"path": "/other"},
    ],
)
def test_any_other_question_takes_more_steps(site, asked):
    for _ in range(2):
        site.test_client().get("/page")
    assert at_once(site, **asked) is None


def test_a_purged_page_and_an_old_one_take_more_steps(site, board, monkeypatch):
    for _ in range(2):
        site.test_client().get("/page")
    monkeypatch.setattr(cache, "KEEP_SECONDS", 0)
    assert at_once(site) is None
    monkeypatch.undo()
    assert at_once(site) is not None
    board.purge(["thing"])
    assert at_once(site) is None


@pytest.fixture
def behind_keys(site):
    """The same site with two pages whose addresses nobody else should learn; one is the same for everyone."""
    pages = Blueprint("orders", __name__)
    pages.after_request(keep_out_of_sight)
    pages.add_url_rule("/order", "show", lambda: "an order")
    pages.add_url_rule("/find", "find", lambda: public_page("settings") or "find an order")
    site.register_blueprint(pages)
    return site.test_client()


def test_a_page_behind_a_key_is_listed_nowhere_and_kept_by_nobody(behind_keys):
    headers = behind_keys.get("/order").headers
    assert headers["X-Robots-Tag"] == "noindex"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "private, no-store"


def test_a_page_for_everyone_beside_them_may_be_kept(behind_keys):
    headers = behind_keys.get("/find").headers
    assert headers["X-Robots-Tag"] == "noindex"
    assert "public" in headers["Cache-Control"]


def test_a_parameter_that_no_view_reads_is_no_new_page(site):
    client = site.test_client()
    addresses = ("/page?fbclid=1", "/page", "/page?fbclid=2", "/page?utm_source=x&utm_medium=y")
    assert {client.get(address).text for address in addresses} == {"page 1 "}


def test_a_parameter_that_a_view_reads_makes_a_page_in_whatever_order(site):
    @site.get("/list")
    def pages():
        site.made += 1
        public_page("thing")
        return f"{request.args.get('after')} {request.args.get('sort')} {site.made}"

    client = site.test_client()
    first = client.get("/list?after=a&sort=new").text
    assert first == client.get("/list?sort=new&x=y&after=a").text == "a new 1"
    assert client.get("/list?after=b&sort=new").text == "b new 2"
    assert client.get("/list").text == "None None 3"


@pytest.mark.parametrize("read", ["dict(request.args)", "request.url", "request.values.to_dict()"])
def test_a_view_that_reads_all_of_a_query_gets_a_page_for_each(site, read):
    @site.get("/all")
    def everything():
        public_page("thing")
        return str(eval(read, {"request": request}))  # noqa: S307 - our own words

    client = site.test_client()
    assert client.get("/all?a=1").text != client.get("/all?a=2").text


@pytest.fixture
def behind(site, tmp_path):
    """The same site, whose pages are made by threads of their own from now on; `site.go_on` lets them."""
    site.go_on = threading.Event()
    site.begun = threading.Event()

    @site.get("/slow")
    def slow():
        site.made += 1
        public_page("thing")
        if site.made > 1:
            site.begun.set()
            site.go_on.wait(60)
        return f"slow {site.made}"

    site.wsgi_app.make_behind(PageStore(tmp_path / "pages"))
    yield site
    site.go_on.set()


def test_an_old_page_is_answered_at_once_and_made_again_once(behind, monkeypatch):
    client = behind.test_client()
    client.get("/slow")
    monkeypatch.setattr(cache, "KEEP_SECONDS", -1)
    assert {client.get("/slow").text for _ in range(5)} == {"slow 1"}
    assert behind.begun.wait(60)
    assert behind.made == 2


def test_a_purged_page_is_waited_for(behind, board):
    behind.go_on.set()
    client = behind.test_client()
    client.get("/slow")
    board.purge(["thing"])
    assert client.get("/slow").text == "slow 2"


def test_a_page_that_lacks_something_is_answered_and_the_last_whole_one_stays(
    behind, board, tmp_path
):
    @behind.get("/parts")
    def parts():
        public_page("thing")
        if behind.made:
            made_of(INCOMPLETE)
        return "lacking" if behind.made else "whole"

    client, store = behind.test_client(), PageStore(tmp_path / "pages")
    assert client.get("/parts").text == "whole"
    board.purge(["thing"])
    client.get("/page")  # a part fails from now on
    answer = client.get("/parts")
    assert (answer.text, answer.headers["Cache-Control"]) == ("lacking", "private, no-store")
    board.purge(["thing"])
    client.get("/page")
    until(lambda: (page := store.find("/page")) and page.body == b"page 2 ", "the writer")
    assert store.find("/parts").body == b"whole"


def test_who_would_wait_long_for_a_purged_page_gets_the_last_one(behind, board, monkeypatch):
    client = behind.test_client()
    client.get("/slow")
    board.purge(["thing"])
    monkeypatch.setattr(makers, "READERS_WAIT", 0.05)
    assert client.get("/slow").text == "slow 1"


class _Looked:
    """The silence of a database, which says what it is told to once somebody looks."""

    def __init__(self, seconds, then=lambda: None):
        self._seconds, self._then = seconds, then

    @property
    def seconds(self):
        self._then()
        return self._seconds


@pytest.mark.parametrize(("silent_for", "shown"), [(60, "slow 1"), (0, "slow 2")])
def test_readers_wait_less_for_a_database_that_is_silent(
    behind, board, monkeypatch, silent_for, shown
):
    client = behind.test_client()
    client.get("/slow")
    board.purge(["thing"])
    monkeypatch.setattr(makers, "READERS_WAIT", 60)
    monkeypatch.setattr(makers, "READERS_LOOK", 0)
    let_on = behind.go_on.set if not silent_for else lambda: None
    monkeypatch.setattr(silence, "postgresql", _Looked(silent_for, let_on))
    assert client.get("/slow").text == shown


def test_after_one_waited_in_vain_nobody_waits_until_a_page_was_made(behind, board, monkeypatch):
    @behind.get("/other")
    def other():
        public_page("thing")
        behind.made += 1
        if behind.made > 2:
            behind.go_on.wait(60)
        return f"other {behind.made}"

    client = behind.test_client()
    assert (client.get("/slow").text, client.get("/other").text) == ("slow 1", "other 2")
    board.purge(["thing"])
    monkeypatch.setattr(makers, "READERS_WAIT", 0.05)
    assert client.get("/slow").text == "slow 1"
    monkeypatch.setattr(makers, "READERS_WAIT", 60)
    answer = client.get("/other")
    assert answer.text == "other 2"
    assert "detail=stale" in answer.headers["Cache-Status"]
    behind.go_on.set()
    until(lambda: client.get("/other").text != "other 2", "the page to be made again")


def test_a_crawl_through_everything_leaves_what_people_read():
    memory = PageMemory(keep_bytes=20_000)
    read = KeptPage(b"x" * 500, [], (), 0)
    memory.keep("read", read)
    memory.get("read")
    for number in range(100):
        memory.keep(f"crawled {number}", KeptPage(b"x" * 500, [], (), 0))
    assert memory.get("read") is read
    assert memory.get("crawled 1") is None
    assert memory.get("crawled 99") is not None


def test_a_page_that_can_not_be_made_for_one_browser_is_everyones_last_one(site):
    kept = site.test_client().get("/page").text
    own = site.test_client()
    own.set_cookie("own_page", "1")
    assert own.get("/page").text != kept
    site.broken = True
    assert own.get("/page").text == kept
