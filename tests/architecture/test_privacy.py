"""Every cookie is written down in docs/privacy.md, and the site sets no other: so nobody has to be asked for consent.

No raw network address reaches the database.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy import select

from shop.blueprints.cart import cookies as cart_cookies
from shop.blueprints.comments.models import State
from shop.extensions import Base, db
from tests.factories.accounts import PASSWORD, make_account, sign_in
from tests.factories.comments import all_comments, make_article, make_comment, post
from tests.factories.orders import make_variant

ROOT = Path(__file__).parents[2]
LISTED = set(re.findall(r"^\| `(\w+)` \|", (ROOT / "docs/privacy.md").read_text(), re.MULTILINE))


class Jar:
    """Walks the site and notes each cookie that it is given."""

    def __init__(self, client):
        self.client = client
        self.given = set()

    def __call__(self, method, path, **given):
        answer = self.client.open(path, method=method, **given)
        assert answer.status_code < 500, path
        for line in answer.headers.getlist("Set-Cookie"):
            self.given.add(line.partition("=")[0])
            assert "SameSite=Lax" in line, line
        answer.close()
        return answer


@pytest.fixture
def walk(app):
    return Jar(app.test_client())


def test_no_page_sets_a_cookie_that_is_not_listed(app, walk):
    """All addresses without a variable part, as a stranger and as the owner; then what sets cookies."""
    article = make_article()
    variant = make_variant()
    comment = make_comment(article)
    paths = sorted(
        rule.rule
        for rule in app.url_map.iter_rules()
        if "GET" in rule.methods and not rule.arguments
    )
    for path in paths:
        walk("GET", path)
    assert walk.given == set()
    data = {"author": "Ruth", "email": "ruth@example.org", "body": "A word."}
    walk("POST", f"/articles/{article.slug}/comments", data=data)
    walk("POST", "/comments/helpful", data={"comment": comment.id})
    walk("POST", "/cart/items", data={"variant": variant.id, "quantity": 1})
    walk("GET", "/comments/mine")
    owner = make_account("owner")
    walk("POST", "/account/sign-in", data={"email": owner.email, "password": PASSWORD})
    for path in paths:
        walk("GET", path)
    walk("POST", "/account/sign-out")
    assert walk.given == LISTED


def test_only_these_are_readable_by_scripts(app, client):
    make_variant()
    article = make_article()
    post(client, article)
    sign_in(client, make_account())
    readable = {cookie.key for cookie in client._cookies.values() if not cookie.http_only}
    assert readable <= {"member", cart_cookies.COUNT}


def test_the_body_of_a_comment_stays_out_of_cookies(client):
    post(client, make_article(), body="A secret thought.")
    assert all_comments()[0].state == State.WAITING
    assert not any("secret" in cookie.value for cookie in client._cookies.values())


def test_no_network_address_is_written_down(app, outbox, run_jobs):
    address = "203.0.113.77"
    client = app.test_client()
    client.environ_base = {**client.environ_base, "REMOTE_ADDR": address}
    article = make_article()
    post(client, article, answers="y")
    client.post("/comments/helpful", data={"comment": make_comment(article).id})
    client.post("/newsletter", data={"email": "ruth@example.org"})
    client.post("/contact", data={"name": "R", "email": "r@example.org", "message": "Hello."})
    client.post("/account/guest/data", data={"email": "ruth@example.org"})
    run_jobs()
    for table in Base.metadata.sorted_tables:
        if not table.name.startswith("plugin_"):
            rows = db.session.execute(select(table)).all()
            assert address not in repr(rows), table.name
