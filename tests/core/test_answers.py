"""What every answer says of itself, whatever it is."""

from __future__ import annotations

import pytest
from flask import Flask

from shop.core.web import security
from tests.factories.accounts import make_account, sign_in
from tests.factories.articles import make_article
from tests.factories.catalog import make_variant

HEADERS = {
    "Content-Security-Policy": ("object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"),
    "X-Content-Type-Options": ("nosniff",),
    "Referrer-Policy": ("origin",),
}
IN_A_CHARSET = ("text/", "xml", "json")


def lacking(answer):
    """The headers that an answer should have and has not."""
    return [
        name
        for name, parts in HEADERS.items()
        if not all(part in answer.headers.get(name, "") for part in parts)
    ]


def answers(app, client):
    """One of each kind: pages, a kept page, files, feeds, redirects, refusals."""
    slug, product = make_article().slug, make_variant().product.slug
    for path in (
        *("/", "/", f"/articles/{slug}", f"/shop/{product}", f"/shop/{product}/cover.svg"),
        *("/feed.xml", "/feed.json", "/sitemap.xml", "/robots.txt", "/healthz", "/cart"),
        *("/account/", "/account/sign-in", "/nowhere", "/search?q=x", "/search/", "/metrics"),
    ):
        yield path, client.get(path)
    yield "unsaid", client.post("/contact", data={})
    yield "another site", client.post("/contact", headers={"Origin": "https://evil.example"})
    yield "too large", client.post("/contact", data={"message": "x" * 1_100_000})
    yield "TRACE", client.open("/", method="TRACE")
    yield "forged", client.post("/webhooks/stripe", data=b"{}")
    sign_in(client, make_account("owner"))
    yield "own data", client.get("/account/data.json")


def test_every_answer_says_what_it_is_and_what_a_browser_may_do_with_it(app, client):
    seen = set()
    for name, answer in answers(app, client):
        seen.add(answer.status_code)
        assert lacking(answer) == [], name
        assert "Access-Control-Allow-Origin" not in answer.headers, name
        kind = answer.headers.get("Content-Type", "")
        needs_charset = answer.data and any(each in kind for each in IN_A_CHARSET)
        assert not needs_charset or "json" in kind or "charset=utf-8" in kind, (name, kind)
    assert seen >= {200, 303, 400, 403, 404, 405, 413, 422}


def test_control_without_the_headers_they_are_missed(app, client, monkeypatch):
    hooks = app.after_request_funcs[None]
    left = [each for each in hooks if getattr(each, "__name__", "") != "add_headers"]
    monkeypatch.setitem(app.after_request_funcs, None, left)
    assert lacking(client.get("/healthz")) == list(HEADERS)


@pytest.mark.parametrize("https", [True, False])
def test_a_site_with_https_is_asked_for_by_https_for_a_year(https):
    app = Flask(__name__)
    security.install(app, form_targets=(), https=https)
    said = app.test_client().get("/").headers.get("Strict-Transport-Security")
    assert said == ("max-age=31536000; includeSubDomains" if https else None)


def test_nobody_echoes_a_request(client):
    answer = client.open("/contact", method="TRACE", headers={"Cookie": "session=secret"})
    assert answer.status_code == 405
    assert "secret" not in answer.text


def test_no_folder_is_listed_and_nothing_beside_the_served_files_is_there(client):
    for path in ("/static/", "/static/js/", "/static/../config.py", "/static/bundles.toml"):
        assert client.get(path).status_code == 404, path
    for path in ("/.git/config", "/.env", "/instance/shop.sqlite3", "/files/", "/secret_key"):
        assert client.get(path).status_code == 404, path
