"""The site answers to its own names only, and forms are taken from its own pages only, scheme and all."""

from __future__ import annotations

import pytest

from shop.core.web.hosts import may_be_asked_for
from tests import controls
from tests.factories.articles import make_article

GOOD = {"name": "Ruth", "email": "ruth@example.org", "message": "Hello"}
FORGED = ["evil.example", "localhost.evil.example", "evil.example:80", "evil@localhost", "[::1"]
SLASHES = "/articles//here"


@pytest.mark.parametrize("host", FORGED)
@pytest.mark.parametrize("path", ["/", "/articles/here", SLASHES, "/static/none.css", "/nowhere"])
def test_host_poison_is_refused_before_anything_is_made(client, host, path):
    make_article(slug="here")
    answer = client.get(path, headers={"Host": host})
    assert answer.status_code == 421
    assert "Location" not in answer.headers
    assert host not in answer.text


def test_a_kept_page_is_for_our_names_alone(client, boot):
    make_article(slug="here")
    boot(base_url="http://localhost", allowed_hosts=("www.shop.example",))
    ours = {"Host": "www.shop.example"}
    kept = [client.get("/articles/here", headers=ours).status_code for _ in range(3)]
    others = [client.get("/articles/here", headers={"Host": "evil.example"}).status_code]
    boot(base_url="http://localhost", allowed_hosts=())
    others.append(client.get("/articles/here", headers=ours).status_code)
    assert (kept, others) == ([200, 200, 200], [421, 421])


def test_control_without_the_guard_a_redirect_follows_the_forged_name(client):
    with controls.without("host allow-list"):
        answer = client.get(SLASHES, headers={"Host": "evil.example"})
    assert answer.location.startswith("http://evil.example/")


def test_a_name_that_was_ours_is_judged_anew_under_other_settings(client, boot):
    boot(base_url="http://localhost", allowed_hosts=("www.shop.example",))
    answers = [client.get("/healthz/no", headers={"Host": "www.shop.example"}).status_code]
    boot(base_url="http://localhost", allowed_hosts=())
    answers.append(client.get("/healthz/no", headers={"Host": "www.shop.example"}).status_code)
    assert answers == [404, 421]


def test_a_load_balancer_asks_by_whatever_address_it_has(client):
    assert client.get("/healthz", headers={"Host": "10.1.2.3:8000"}).status_code == 200


@pytest.mark.parametrize(
    ("base_url", "host", "is_ours"),
    [
        ("https://shop.example", "shop.example", True),
        ("https://shop.example", "SHOP.example.:443", True),
        ("https://shop.example", "www.shop.example", True),
        ("https://shop.example", "a.shop.example", False),
        ("https://shop.example", "127.0.0.1:8000", True),
        ("https://shop.example", "[::1]:8000", True),
        ("https://shop.example", "192.168.0.7", False),
        ("https://shop.example", "shop.example/@evil.example", False),
        ("https://shop.example", "", True),
        ("https://bücher.example", "xn--bcher-kva.example", True),
        ("http://127.0.0.1:8000", "192.168.0.7:8000", True),
        ("http://127.0.0.1:8000", "evil.example", False),
        ("http://0.0.0.0:8000", "192.168.0.7:8000", True),
        ("http://0.0.0.0:8000", "evil.example", False),
    ],
)
def test_which_names_are_ours(app, boot, base_url, host, is_ours):
    from shop.core.app_state import state_of

    boot(base_url=base_url, allowed_hosts=("www.shop.example",))
    assert may_be_asked_for(host, state_of(app).config) is is_ours


@pytest.mark.parametrize(
    ("configured", "headers", "status"),
    [
        ("https://shop.example", {"Origin": "https://shop.example"}, 303),
        ("https://shop.example", {"Origin": "http://shop.example"}, 403),
        ("https://shop.example", {"Origin": "http://localhost"}, 403),
        ("https://shop.example", {"Referer": "https://shop.example/contact"}, 303),
        ("https://shop.example", {"Referer": "https://evil.example/https://shop.example"}, 403),
        ("http://localhost", {"Referer": "http://localhost/contact"}, 303),
        ("http://localhost", {"Referer": "http://localhost.evil.example/"}, 403),
        ("http://localhost", {"Referer": "http://["}, 403),
        ("http://localhost", {"Origin": "null"}, 403),
        ("http://localhost", {"Origin": "https://localhost"}, 403),
        ("http://localhost", {"Origin": "http://localhost:8080"}, 403),
        ("http://localhost", {}, 303),
    ],
)
def test_csrf_by_scheme_port_and_referer(client, boot, configured, headers, status):
    boot(base_url=configured)
    assert client.post("/contact", data=GOOD, headers=headers).status_code == status


def test_control_without_the_guard_another_site_writes_for_the_visitor(client):
    with controls.without("cross-site guard"):
        answer = client.post("/contact", data=GOOD, headers={"Origin": "https://evil.example"})
    assert answer.status_code == 303


def test_a_static_file_has_the_headers_of_a_page(app, client):
    from shop.core.app_state import state_of

    with client.get(state_of(app).assets.url("site.css")) as answer:
        file = answer
    page = client.get("/")
    assert file.status_code == 200
    for name in (
        "X-Content-Type-Options",
        "Referrer-Policy",
        "X-Frame-Options",
        "Cross-Origin-Resource-Policy",
        "Permissions-Policy",
    ):
        assert file.headers[name] == page.headers[name]
    assert "default-src 'none'" in file.headers["Content-Security-Policy"]
    assert "Access-Control-Allow-Origin" not in file.headers
