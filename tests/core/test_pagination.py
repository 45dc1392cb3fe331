"""Cursors: what comes back is what went out, and nobody else's invention reaches the database."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from shop.core import jobs
from shop.core.errors import NotFound
from shop.core.jobs import Job
from shop.core.unit_of_work import unit_of_work
from shop.core.web.pagination import decode_cursor, encode_cursor, newest_first

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


def kinds(after=None):
    """The kinds of stored jobs on a page of two, and the cursor of the next one."""
    page = newest_first(select(Job), Job.id, after=after, size=2)
    return [job.kind for job in page.items], page.next_cursor


def test_the_newest_come_first_and_no_row_twice(app):
    with unit_of_work():
        for kind in ("milk", "sugar", "tea"):
            jobs.enqueue(kind)
    first, cursor = kinds()
    assert first == ["tea", "sugar"]
    with unit_of_work():
        jobs.enqueue("lemon")
    assert kinds(cursor) == (["milk"], None)


def test_a_page_from_an_invented_cursor_is_not_found(app):
    with pytest.raises(NotFound):
        kinds("made-up")
