"""The fixtures for the tests of plugins: what they do with a database that was named."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine, inspect, text

from shop.plugins.testing.site import drop_tables, refuse_real_sites
from tests.factories.accounts import make_account


def test_a_database_where_people_have_accounts_is_refused(app):
    make_account()
    with pytest.raises(pytest.exit.Exception, match="Name a database that is empty"):
        refuse_real_sites()


def test_a_database_without_people_is_taken(app):
    refuse_real_sites()


def test_a_database_is_left_as_empty_as_it_was(tmp_path):
    engine = create_engine(f"sqlite:///{tmp_path / 'kit.db'}")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE plugin_hello_card (id INTEGER PRIMARY KEY)"))
    drop_tables(engine)
    assert inspect(engine).get_table_names() == []
