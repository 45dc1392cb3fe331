"""Cursors: what comes back is what went out, and nobody else's invention reaches the database."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest

from shop.core.errors import NotFound
from shop.core.pagination import decode_cursor, encode_cursor

MOMENT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


def test_what_went_out_comes_back():
    assert decode_cursor(encode_cursor([MOMENT, 7]), [datetime, int]) == [MOMENT, 7]


@pytest.mark.parametrize(
    "values",
    [
        [],
        [MOMENT],
        [MOMENT, 7, 8],
        [7, MOMENT],
        [MOMENT, "7"],
        [MOMENT, True],
        [MOMENT, 7.0],
        [MOMENT, 2**53 + 1],
        ["2026-03-01T09:30:00", 7],
        ["0001-01-01T00:00:00+23:59", 7],
        ["9999-12-31T23:59:59-23:59", 7],
    ],
)
def test_other_values_name_nothing(values):
    with pytest.raises(NotFound):
        decode_cursor(encode_cursor(values), [datetime, int])


@pytest.mark.parametrize(
    "text",
    ["", "!", "ö", "\x00", "e30", "[" * 300, "[" * 200_000, '["' + "9" * 100_000 + '"]', "\ud800"],
)
def test_what_is_no_cursor_names_nothing(text):
    written = base64.urlsafe_b64encode(text.encode("utf-8", "surrogatepass")).decode()
    for cursor in (text, written):
        with pytest.raises(NotFound):
            decode_cursor(cursor, [int])
