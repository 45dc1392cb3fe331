"""Blueprints that reach for what belongs to others, and rules that never end or change what they are told."""

from __future__ import annotations

from itertools import repeat
from types import SimpleNamespace

import pytest
from flask import Blueprint, Flask
from werkzeug.exceptions import NotFound

from shop.blueprints.cart import rules
from shop.core.app_state import hold
from shop.plugins import manager, registry
from shop.plugins.api import CartFacts, CartFactsLine, Question
from shop.plugins.guard.health import health_book
from shop.plugins.manager import Registry
from shop.plugins.starting import mounting
from tests import controls
from tests.plugins.test_starting import plugin


class TheirOwn(Exception):
    """An error of the plugin's own."""


@pytest.fixture
def tiny(monkeypatch):
    """An application with a page of ours, and a blueprint of theirs that is not mounted yet."""
    monkeypatch.setattr(mounting, "switched_off", frozenset)
    monkeypatch.setattr(mounting, "_answer_for_what_is_off", lambda _owners: None)
    app, pages = Flask("tiny"), Blueprint("theirs", "theirs")
    app.get("/")(lambda: ("ours", {"Content-Security-Policy": "default-src 'self'"}))
    found = manager.collect([plugin(blueprints=[pages])])
    parts = {Registry: found}
    state = SimpleNamespace(
        part=lambda kind, make=None: parts.setdefault(kind, make and make()),
        config=SimpleNamespace(),
    )
    hold(app, state)
    return app, pages, found


def raises(*_given):
    raise SystemExit(1)


def spoils_headers(response):
    response.headers.clear()
    response.status = "500 Spoilt"
    raise ValueError


def test_what_a_blueprint_does_at_every_request_changes_no_page_by_failing(tiny):
    app, pages, found = tiny
    for answer in (7, object(), True, ("a", "b", "c", "d"), lambda: None):
        pages.before_app_request(lambda answer=answer: answer)
    pages.after_app_request(spoils_headers)
    pages.after_app_request(lambda _response: "no response")
    pages.teardown_app_request(raises)
    pages.app_url_value_preprocessor(raises)
    pages.app_url_defaults(raises)
    pages.record(lambda state: state.app.teardown_request(raises))
    pages.record(lambda state: state.app.teardown_appcontext(raises))
    mounting.mount(app, found)
    with app.test_request_context():
        assert app.url_for("static", filename="x") == "/static/x"
    answer = app.test_client().get("/")
    assert (answer.status, answer.text) == ("200 OK", "ours")
    assert answer.headers["Content-Security-Policy"] == "default-src 'self'"


@pytest.mark.parametrize("guard", ["what answers before a request", "what changes an answer"])
def test_control_what_a_blueprint_does_at_every_request(tiny, guard):
    with controls.failing_without(guard):
        test_what_a_blueprint_does_at_every_request_changes_no_page_by_failing(tiny)


def test_control_what_is_told_of_a_request(tiny):
    with controls.without("what is told of a request"), pytest.raises(SystemExit):
        test_what_a_blueprint_does_at_every_request_changes_no_page_by_failing(tiny)


@pytest.mark.parametrize("taken", [404, 500, Exception, NotFound], ids=str)
def test_a_blueprint_answers_for_no_errors_of_others(tiny, taken):
    app, pages, found = tiny
    pages.app_errorhandler(taken)(lambda _error: "mine")
    with pytest.raises(manager.PluginError, match="plugin 'broken': it answers for"):
        mounting.mount(app, found)


def test_control_a_blueprint_answers_for_no_errors_of_others(tiny):
    with controls.failing_without("errors of others"):
        test_a_blueprint_answers_for_no_errors_of_others(tiny, 404)


def test_a_blueprint_answers_for_its_own_errors(tiny):
    app, pages, found = tiny
    pages.errorhandler(404)(lambda _error: "mine")
    pages.app_errorhandler(TheirOwn)(lambda _error: "mine too")
    mounting.mount(app, found)
    assert app.test_client().get("/nowhere").status_code == 404


@pytest.mark.parametrize("address", ["/<path:everything>", "/<slug>", "/<year>/<slug>"])
def test_no_page_of_a_plugin_answers_for_addresses_of_nobody(tiny, address):
    app, pages, found = tiny
    pages.get(address)(lambda **_: "mine")
    mounting.mount(app, found)
    with pytest.raises(manager.PluginError, match="begin with a word"):
        mounting.refuse_clashes(app, found)


def test_a_rule_that_never_ends_or_changes_the_cart_sells_nothing(app, monkeypatch):
    def cheapens(cart):
        object.__setattr__(cart.lines[0], "unit_price_minor", 1)
        return []

    for terms in (lambda _cart: repeat(Question("country")), cheapens):
        rule = SimpleNamespace(name="broken", takes_codes=False, terms=terms)
        monkeypatch.setattr(registry(), "cart_rules", [rule])
        quote = rules.quote(CartFacts((CartFactsLine(1, 1, 2_000, 2, is_digital=False),), "EUR"))
        assert [each.message.partition(".")[0] for each in quote.objections] == [
            "We can’t calculate the price at the moment"
        ]
    health_book().forget("")


@controls.on_sqlite
def test_control_a_rule_that_never_ends(app, monkeypatch):
    with controls.failing_without("an end of rules"):
        test_a_rule_that_never_ends_or_changes_the_cart_sells_nothing(app, monkeypatch)
