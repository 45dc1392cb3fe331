"""What several pages are made of is worked out once, until a part of it is purged."""

from __future__ import annotations

from functools import partial
from itertools import count

from flask import g

from shop.core.pages.page_cache import INCOMPLETE, made_of, noted_parts
from shop.core.pages.shared_work import KeptWork, SharedWork, shared_work
from shop.core.unit_of_work import board, unit_of_work


def test_what_pages_share_is_worked_out_anew_after_a_change_of_its_parts_alone(app):
    numbers = count(1)

    def card() -> int:
        made_of("product:1", "catalog")
        return next(numbers)

    with app.test_request_context("/"):
        with noted_parts() as around:
            assert shared_work("card", card) == 1
        assert around == {"product:1", "catalog"}, "and so is a larger piece that is kept"
        g.page_tags = {"settings"}
        assert shared_work("card", card) == 1
        assert g.page_tags == {"settings", "product:1", "catalog"}, "the page is made of it too"
        board().purge(["product:2"])
        assert shared_work("card", card) == 1
        assert shared_work("another card", card) == 2
        board().purge(["product:1"])
        assert shared_work("card", card) == 3
        with unit_of_work():
            assert shared_work("card", card) == 4, "it may see what nobody else sees yet"
        assert shared_work("card", card) == 3


def test_what_lacks_something_or_names_nothing_is_worked_out_again(app):
    numbers = count(1)

    def incomplete() -> int:
        made_of(INCOMPLETE)
        return next(numbers)

    with app.test_request_context("/"):
        assert [shared_work("card", incomplete) for _ in range(2)] == [1, 2]
        made_of_nothing = partial(next, numbers)
        assert [shared_work("another", made_of_nothing) for _ in range(2)] == [3, 4]


def test_what_was_made_first_goes_where_there_is_no_more_room():
    work = SharedWork(room=1_000)
    for name, size in (("first", 400), ("second", 400), ("first", 500), ("third", 300)):
        work.put(name, KeptWork(name, frozenset(), (), 0, size))
    work.put("too large", KeptWork("", frozenset(), (), 0, 2_000))
    names = ("first", "second", "third", "too large")
    assert [name for name in names if work.get(name)] == ["first", "third"]
