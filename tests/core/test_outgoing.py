"""Requests to other servers end in time, and lead nowhere but to the open internet."""

from __future__ import annotations

import threading
from contextlib import suppress
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from shop.core.web import outgoing
from shop.core.web.outgoing import Unreachable, fetch, is_open_internet

HERE = "127.0.0.1"


class _Elsewhere(BaseHTTPRequestHandler):
    """Another server: honest, in an endless loop, slow, or leading to a neighbour."""

    ended = threading.Event()

    def do_GET(self):
        if self.path == "/slow":
            self.send_response(200)
            self.end_headers()
            with suppress(OSError):
                while not self.ended.wait(0.02):
                    self.wfile.write(b".")
            return
        self.send_response(302 if self.path in {"/loop", "/neighbour"} else 200)
        self.send_header("Location", {"/neighbour": "http://10.0.0.7/"}.get(self.path, self.path))
        self.end_headers()
        self.wfile.write(f"said to {self.headers['X-Asked-By']}".encode())

    def log_message(self, *_given):
        pass


@pytest.fixture
def elsewhere():
    """A server that may be reached though it is ours; everything else of ours may not."""
    _Elsewhere.ended.clear()
    server = ThreadingHTTPServer((HERE, 0), _Elsewhere)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}).start()
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(outgoing._PORTS, "http", server.server_port)
        patch.setattr(outgoing, "is_open_internet", lambda ip: ip == HERE or is_open_internet(ip))
        yield f"http://{HERE}"
    _Elsewhere.ended.set()
    server.shutdown()
    server.server_close()


def test_another_server_is_asked(elsewhere):
    answer = fetch(f"{elsewhere}/page?1", headers={"X-Asked-By": "me", "Host": "other.example"})
    assert (answer.status, answer.text, answer.url) == (200, "said to me", f"{elsewhere}/page?1")


def test_a_server_that_dribbles_is_left_when_the_time_is_over(elsewhere):
    with pytest.raises(Unreachable, match="in time"):
        fetch(f"{elsewhere}/slow", seconds=0.1)


def test_what_fails_once_the_time_is_over_is_told_as_that(elsewhere, monkeypatch):
    """A connection that we cut off may look closed, reset or half an answer: the kernels choose."""

    def reset(connection):
        connection.sock.recv(1)
        while connection.sock.recv(100):
            pass
        raise ConnectionResetError

    monkeypatch.setattr(HTTPConnection, "getresponse", reset)
    with pytest.raises(Unreachable, match="in time"):
        fetch(f"{elsewhere}/slow", seconds=0.1)


@pytest.mark.parametrize(
    ("path", "words"),
    [("/neighbour", "not a server of the open internet"), ("/loop", "too many redirects")],
)
def test_a_redirect_is_looked_at_like_any_address(elsewhere, path, words):
    with pytest.raises(Unreachable, match=words):
        fetch(elsewhere + path)


def test_an_answer_has_a_largest_size(elsewhere):
    with pytest.raises(Unreachable, match="larger than 4 bytes"):
        fetch(f"{elsewhere}/page", most_bytes=4)


OURS = (
    "127.0.0.1 10.0.0.1 172.16.0.1 192.168.1.1 169.254.169.254 100.64.0.1 0.0.0.0 224.0.0.1 255.255.255.255"
    " ::1 fe80::1%eth0 fc00::1 ff02::1 ::ffff:127.0.0.1 64:ff9b::7f00:1 2002:7f00:1:: ::"
)


@pytest.mark.parametrize("address", OURS.split())
def test_an_address_that_only_we_can_reach_is_not_of_the_open_internet(address):
    assert not is_open_internet(address)


def test_control_addresses_of_the_open_internet_are_taken():
    assert is_open_internet("9.9.9.9")
    assert is_open_internet("2620:fe::fe")


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "http://localhost/",
        "http://127.1/",
        "http://0x7f000001/",
        "http://[::1]/",
        "http://example.org:22/",
        "http://name:secret@example.org/",
        "http://[::1",
        "https:///nowhere",
    ],
)
def test_what_is_no_page_of_the_open_internet_is_not_asked(url):
    with pytest.raises(Unreachable):
        fetch(url, seconds=2)
