"""In which coding an answer is sent: never in one that the client refuses."""

from __future__ import annotations

import gzip

import brotli
import pytest

from shop.core.web import codings

DECODE = {"br": brotli.decompress, "gzip": gzip.decompress, "identity": bytes}


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("", "identity"),
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, deflate", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("br;q=0", "identity"),
        ("BR", "br"),
        ("br;q=0.5, gzip", "gzip"),
        ("br;q=0.5, gzip;q=0.5", "br"),
        ("gzip;q=0.2, identity", "identity"),
        ("*", "br"),
        ("*, br;q=0", "gzip"),
        ("*;q=0", "identity"),
        ("gzip, *;q=0", "gzip"),
        ("identity;q=0", "identity"),
        ("identity;q=0, *", "br"),
        ("identity;q=0, gzip;q=0.1", "gzip"),
        ("brotli", "identity"),
        ("x-gzip", "identity"),
        ("br;q=9e999, \x80", "identity"),
    ],
)
def test_the_coding_is_the_one_that_the_client_likes_best(client, accepted, coding):
    assert codings.chosen(accepted) == coding
    page = client.get("/")
    style = page.text.split('<link rel="stylesheet" href="')[1].split('"')[0]
    for path in ("/", style):
        plain = client.get(path, buffered=True).data
        answer = client.get(path, headers={"Accept-Encoding": accepted}, buffered=True)
        assert answer.headers.get("Content-Encoding", "identity") == coding
        assert DECODE[coding](answer.data) == plain
        assert answer.headers["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize("path", ["/search?q=house", "/cart", "/account/sign-in"])
def test_a_page_of_one_visitor_is_compressed_where_it_holds_no_secret(client, path):
    plain = client.get(path).data
    answer = client.get(path, headers={"Accept-Encoding": "gzip"})
    if path == "/account/sign-in":
        assert (
            "Content-Encoding" not in answer.headers
        )  # the control: nobody has said so of this one
    else:
        assert gzip.decompress(answer.data) == plain
        assert "Accept-Encoding" in answer.headers["Vary"]
        assert int(answer.headers["Content-Length"]) == len(answer.data) < len(plain)
