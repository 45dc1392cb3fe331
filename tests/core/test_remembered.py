"""Small answers are remembered until they are purged, and outlive the database."""

from __future__ import annotations

from sqlalchemy.exc import OperationalError

from shop.core.remembered import remembered
from shop.core.unit_of_work import purge, unit_of_work


def fail():
    raise OperationalError("SELECT", {}, Exception("away"))


def test_it_is_asked_once_until_it_is_purged(app):
    asked = []

    def ask():
        asked.append(1)
        return len(asked)

    assert [remembered("tag", ask, otherwise=0) for _ in range(3)] == [1, 1, 1]
    with unit_of_work():
        purge("another")
    assert remembered("tag", ask, otherwise=0) == 1
    with unit_of_work():
        purge("tag")
    assert remembered("tag", ask, otherwise=0) == 2


def test_while_the_database_is_away_the_last_answer_stands(app):
    assert remembered("never", fail, otherwise="nothing") == "nothing"
    remembered("tag", lambda: "known", otherwise="")
    with unit_of_work():
        purge("tag")
    assert remembered("tag", fail, otherwise="") == "known"
    assert remembered("tag", lambda: "new", otherwise="") == "new"
