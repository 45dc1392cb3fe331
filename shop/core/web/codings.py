"""In which content coding an answer is sent: by the wishes of the client (RFC 9110, 12.5.3), then by size."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from functools import lru_cache

import brotli
from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header

BROTLI, GZIP, IDENTITY = "br", "gzip", "identity"
OFFERED = (BROTLI, GZIP, IDENTITY)
"""The smallest first: it is taken where the client likes several as well."""

_ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    IDENTITY: lambda body: body,
    GZIP: lambda body: gzip.compress(body, 6, mtime=0),
    BROTLI: lambda body: bytes(brotli.compress(body, mode=brotli.MODE_TEXT, quality=5)),
}


def encoded(body: bytes, coding: str) -> bytes:
    """A text in one of `OFFERED`: quick rather than small, because somebody waits for it."""
    return _ENCODERS[coding](body)


@lru_cache(maxsize=64)  # browsers send a handful of headers, and each is read once
def chosen(accept_encoding: str) -> str:
    """One of `OFFERED` for the value of an `Accept-Encoding`: what it likes best, never what it refuses with `q=0`.

    Nothing is compressed for a client that says nothing. One that refuses everything gets it plain: a page that it can
    probably read is better than a 406.
    """
    liked = parse_accept_header(accept_encoding, Accept)
    best = max(OFFERED, key=liked.quality)
    return best if liked.quality(best) > 0 else IDENTITY
