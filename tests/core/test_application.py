"""An address is built once, and never given for another one."""

from __future__ import annotations

import pytest
from flask import render_template_string, url_for
from werkzeug.routing import BuildError

from shop.core.web import application
from shop.core.web.application import Application


@pytest.fixture
def site():
    made = Application("pages")
    made.add_url_rule("/<int:number>", "page")
    made.add_url_rule("/words/<word>", "words", methods=["GET"])
    made.add_url_rule("/said/<word>", "words", methods=["POST"])
    return made


@pytest.fixture
def built(monkeypatch):
    """What was built, not remembered."""
    endpoints = []
    build = application.Flask.url_for

    def noted(self, endpoint, **values):
        endpoints.append(endpoint)
        return build(self, endpoint, **values)

    monkeypatch.setattr(application.Flask, "url_for", noted)
    return endpoints


def test_an_address_is_built_once_for_the_same_values(site, built):
    for _ in range(2):
        with site.test_request_context():
            assert site.url_for("page", number=1, sort="a b") == "/1?sort=a+b"
            assert site.url_for("page", number=2, _anchor="end") == "/2#end"
    assert built == ["page"] * 2


def test_an_address_that_flask_asks_for_is_remembered_too(site, built):
    for _ in range(2):
        with site.test_request_context():
            assert url_for("page", number=1) == "/1"
    assert built == ["page"]


def test_context_processors_are_asked_once_for_all_templates_of_an_answer(site):
    asked = []
    site.context_processor(lambda: {"word": asked.append(1) or "given"})
    with site.test_request_context():
        drawn = [
            render_template_string("{{ word }}", **of_view)
            for of_view in ({}, {"word": "the view’s"}, {})
        ]
    assert drawn == ["given", "the view’s", "given"]
    assert asked == [1]


def test_other_values_methods_and_mounts_have_other_addresses(site):
    with site.test_request_context():
        assert [site.url_for("words", word=word) for word in (1, True)] == [
            "/words/1",
            "/words/True",
        ]
        assert site.url_for("page", number=1, _external=True) == "http://localhost/1"
        assert site.url_for("words", word="yes") == "/words/yes"
    with site.test_request_context(method="POST"):
        assert site.url_for("words", word="yes") == "/said/yes"
    with site.test_request_context(base_url="https://books.example/shop"):
        assert site.url_for("page", number=1) == "/shop/1"
        assert site.url_for("page", number=1, _external=True) == "https://books.example/shop/1"
        assert site.url_for("page", number=1, _scheme="http") == "http://books.example/shop/1"


def test_what_has_no_address_has_none_the_next_time_either(site):
    with site.test_request_context():
        for _ in range(2):
            with pytest.raises(BuildError):
                site.url_for("nothing")


def test_where_addresses_have_defaults_each_is_built(site, built):
    site.url_defaults(lambda _endpoint, values: values.setdefault("number", len(built)))
    with site.test_request_context():
        assert [site.url_for("page") for _ in range(2)] == ["/1", "/2"]


def test_of_many_addresses_no_more_than_a_few_thousand_are_remembered(site, monkeypatch):
    monkeypatch.setattr(application, "MOST_ADDRESSES", 2)
    with site.test_request_context():
        for number in range(5):
            assert site.url_for("page", number=number) == f"/{number}"
    assert len(site._addresses) <= 2
