"""Countries, and the one that the site sells from."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from flask_babel import force_locale

from shop.core import clock, settings
from shop.core.countries import countries, country_name, home_country, is_country
from shop.core.settings import SettingRow
from shop.core.site import SiteSettings
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db

VERSIONS = Path(__file__).parents[2] / "migrations" / "versions"


def test_a_country_is_named_in_the_language_of_the_page(app):
    assert country_name("DE") == "Germany"
    with force_locale("de"):
        assert country_name("DE") == "Deutschland"


def test_a_code_that_is_no_country_is_shown_as_it_is(app):
    assert not is_country("QQ")
    assert country_name("QQ") == "QQ"


def test_what_no_post_reaches_is_no_country(app):
    codes = {code for code, _name in countries()}
    assert "DE" in codes
    assert not codes & {"EU", "UN", "ZZ", "XA"}


def test_the_home_country_is_the_code_in_capitals(app):
    assert home_country() == ""
    with unit_of_work():
        settings.change(SiteSettings, {"home_country": "de"})
    assert home_country() == "DE"


@pytest.fixture
def migration():
    path = VERSIONS / "0009_home_country.py"
    spec = importlib.util.spec_from_file_location("home_country", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def stored(**by_namespace):
    with unit_of_work() as session:
        for namespace, values in by_namespace.items():
            session.add(SettingRow(namespace=namespace, values=values, changed_at=clock.now()))


def run(step):
    """Run one step of a migration on the tables as they are; the settings after it."""
    with (
        unit_of_work() as session,
        Operations.context(MigrationContext.configure(session.connection())),
    ):
        step()
    rows = db.session.scalars(db.select(SettingRow).execution_options(populate_existing=True))
    return {row.namespace: row.values for row in rows}


@pytest.mark.parametrize("site", [{}, {"site": {"name": "Tea"}}])
def test_a_home_country_that_was_set_at_the_checkout_moves_to_the_site(app, migration, site):
    stored(checkout={"home_country": "DE", "declines_an_hour": 3}, **site)
    after = run(migration.upgrade)
    assert after == {
        "checkout": {"declines_an_hour": 3},
        "site": {**site.get("site", {}), "home_country": "DE"},
    }
    assert run(migration.downgrade)["checkout"] == {"home_country": "DE", "declines_an_hour": 3}


def test_a_site_that_never_said_where_it_sells_from_is_left_as_it_is(app, migration):
    stored(site={"name": "Tea"})
    assert run(migration.upgrade) == {"site": {"name": "Tea"}}
