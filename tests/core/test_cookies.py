"""How every cookie of ours is set."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from flask import Response

from shop.core.web.cookies import forget_cookie, set_cookie
from tests import controls
from tests.factories.accounts import make_account, sign_in

SHOP = Path(__file__).parents[2] / "shop"


@pytest.fixture
def cookie(app):
    """The header that sets a cookie in a request to `base_url`."""

    def headers(base_url, change):
        response = Response()
        with app.test_request_context("/", base_url=base_url):
            change(response)
        return response.headers["Set-Cookie"]

    return headers


def test_behind_https_a_cookie_is_taken_from_this_host_alone(boot, cookie):
    """A neighbour under the same domain could plant a cookie of any other name (RFC 6265bis, 4.1.3.2)."""
    boot(base_url="https://shop.example")
    header = cookie("https://shop.example", tea)
    assert header.startswith("__Host-tea=green;")
    assert {"Secure", "Path=/"} <= set(header.split("; "))
    assert "Domain" not in header


def test_session_fixation_by_a_neighbour(app, boot):
    """What a neighbour or plain HTTP can plant has no prefix, and is not read."""
    boot(base_url="https://shop.example")
    known = sign_in(app.test_client(), make_account("owner"))
    session = known.get_cookie("__Host-session").value
    planted = app.test_client()
    planted.set_cookie("session", session, domain="shop.example")
    assert planted.get("/admin/", base_url="https://shop.example").status_code == 303
    own = app.test_client()
    own.set_cookie("__Host-session", session, domain="shop.example")
    assert own.get("/admin/", base_url="https://shop.example").status_code == 200
    with controls.without("cookies of this host alone"):
        assert planted.get("/admin/", base_url="https://shop.example").status_code == 200


def tea(response):
    set_cookie(response, "tea", "green", seconds=60)


def test_a_cookie_is_hidden_from_scripts_and_other_sites(cookie):
    header = cookie("http://localhost", tea)
    assert {"tea=green", "HttpOnly", "SameSite=Lax", "Max-Age=60"} <= set(header.split("; "))


def test_a_cookie_for_scripts_can_be_read_by_them(cookie):
    header = cookie(
        "http://localhost",
        lambda response: set_cookie(response, "tea", "green", seconds=60, for_scripts=True),
    )
    assert "HttpOnly" not in header


@pytest.mark.parametrize(
    ("request_to", "configured", "is_secure"),
    [
        ("http://localhost", "http://localhost", False),
        ("https://localhost", "http://localhost", True),
        ("http://localhost", "https://shop.example", True),
    ],
)
def test_a_cookie_is_secure_where_the_site_is_reached_by_https(
    boot, cookie, request_to, configured, is_secure
):
    boot(base_url=configured)
    assert ("Secure" in cookie(request_to, tea).split("; ")) is is_secure


def test_a_cookie_is_forgotten_by_the_attributes_with_which_it_was_set(cookie):
    header = cookie("https://localhost", lambda response: forget_cookie(response, "tea"))
    assert {"Max-Age=0", "Secure", "HttpOnly", "SameSite=Lax"} <= set(header.split("; "))


@pytest.mark.parametrize("address", ["http://localhost", "https://shop.example"])
def test_a_session_keeps_the_same_rule(app, boot, address):
    boot(base_url=address)
    client = sign_in(app.test_client(), make_account("owner"))
    is_https = address.startswith("https://")
    assert client.get_cookie("__Host-session" if is_https else "session").secure is is_https


def test_nobody_sets_or_reads_a_cookie_in_another_way():
    setting = {
        path.relative_to(SHOP).as_posix()
        for path in SHOP.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and node.attr in {"set_cookie", "delete_cookie", "cookies"}
        and "cart import cookies" not in path.read_text(encoding="utf-8")
    }
    assert setting == {"core/web/cookies.py"}
