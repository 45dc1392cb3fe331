"""Small answers are remembered until they are purged, and outlive the database."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import OperationalError

from shop.core import settings
from shop.core.changes.remembered import fresh, remembered
from shop.core.site import SiteSettings, site
from shop.core.unit_of_work import purge, unit_of_work
from shop.extensions import db


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


def test_what_is_not_committed_is_not_remembered(app):
    assert site().name == "Bookstall"
    with pytest.raises(ZeroDivisionError), unit_of_work():
        settings.change(SiteSettings, {"name": "Tea House"})
        assert site().name == "Tea House"
        raise ZeroDivisionError
    assert site().name == "Bookstall"


def test_an_answer_from_an_old_view_of_the_database_is_asked_again(app):
    with unit_of_work():
        settings.change(SiteSettings, {"name": "Before"})
    db.session.get(settings.SettingRow, "site")  # SQLite sees this moment from now on
    with app.app_context(), unit_of_work():
        settings.change(SiteSettings, {"name": "After"})
    site()
    db.session.rollback()
    assert site().name == "After"


def test_who_wants_only_what_is_true_now_hears_of_the_trouble(app):
    fresh("tag", lambda: "known")
    with unit_of_work():
        purge("tag")
    with pytest.raises(OperationalError):
        fresh("tag", fail)


def test_the_site_keeps_its_name_while_the_database_is_away(app, monkeypatch):
    monkeypatch.setattr(settings, "_read", lambda *_: fail())
    assert site().name == "Bookstall"
    monkeypatch.undo()
    with unit_of_work():
        settings.change(SiteSettings, {"name": "Tea House"})
    assert site().name == "Tea House"
    with unit_of_work():
        purge("settings:site")
    monkeypatch.setattr(settings, "_read", lambda *_: fail())
    assert site().name == "Tea House"
