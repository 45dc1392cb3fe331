"""Fixtures for the tests of a plugin. Its `conftest.py` names this module, and says what the site is started with:

    pytest_plugins = ["shop.plugins.testing"]

    @pytest.fixture(scope="session")
    def plugins():
        return ("hello",)

The site lies in a folder of its own, on SQLite; with `SHOP_TEST_DATABASE_URL` in that database instead, which must be
empty. It is one for all tests of a run: what a test writes is there for the next.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from shop.app import create_app
from shop.config import Config
from shop.core.jobs import running
from shop.core.secrets.tokens import random_token
from shop.extensions import db
from shop.plugins import migrations

MOST_JOBS = 1000


@pytest.fixture(scope="session")
def made_site(
    plugins: tuple[str, ...], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Flask]:
    """The site, with tables, outside any context."""
    folder = tmp_path_factory.mktemp("site")
    url = os.environ.get("SHOP_TEST_DATABASE_URL", "")
    app = create_app(
        Config(
            data_dir=folder,
            database_url=url or f"sqlite:///{folder / 'shop.db'}",
            base_url="http://localhost",
            secret_key=random_token(),
            plugins=plugins,
        )
    )
    app.testing = True
    with app.app_context():
        migrations.upgrade_all()
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture(name="site")
def _site(made_site: Flask) -> Iterator[Flask]:
    """The site, inside an application context: rules can be called, and rows read."""
    with made_site.app_context():
        yield made_site
        db.session.remove()


@pytest.fixture(name="visitor")
def _visitor(made_site: Flask) -> FlaskClient:
    """A browser that nobody is signed in with."""
    return made_site.test_client()


@pytest.fixture
def run_jobs(made_site: Flask) -> Callable[[], int]:
    """Does the work that is due now, such as subscribers; returns how many jobs there were."""

    def run() -> int:
        with made_site.app_context():
            return running.run_due(MOST_JOBS)

    return run
