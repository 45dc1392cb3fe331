"""The site that a plugin's tests look at."""

from __future__ import annotations

import contextvars
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from datetime import timedelta
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result
from flask import Flask, has_app_context
from flask.testing import FlaskClient
from sqlalchemy import Engine, MetaData, inspect, select
from werkzeug.test import TestResponse

from shop.app import create_app
from shop.blueprints.accounts.models import Account
from shop.config import Config, entry
from shop.core import clock, settings
from shop.core.jobs import running
from shop.core.mail.models import Mail
from shop.core.secrets.tokens import random_token
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from shop.plugins import registry
from shop.plugins.guard import hurrying
from shop.plugins.installed import migrations

MOST_JOBS = 1000
DATABASE = "SHOP_TEST_DATABASE_URL"


class Browser(FlaskClient):
    """Each request runs in a context of its own, as on a site, and the test sees what it changed."""

    def open(self, *args: Any, **named: Any) -> TestResponse:
        """Ask, or post."""
        answer: TestResponse = contextvars.Context().run(super().open, *args, **named)
        if has_app_context():
            db.session.rollback()
        return answer


@pytest.fixture(scope="session")
def made_site(
    plugins: tuple[str, ...], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Flask]:
    """The site, with tables, outside any context. A database that was named is left as empty as it was."""
    hurrying.wait_as_long_as_it_takes()
    folder = tmp_path_factory.mktemp("site")
    url = os.environ.get(DATABASE, "")
    app = create_app(
        Config(
            data_dir=folder,
            database_url=url or f"sqlite:///{folder / 'shop.db'}",
            base_url="http://localhost",
            secret_key=random_token(),
            smtp_url=(folder / entry("mail")).as_uri(),
            plugins=plugins,
        )
    )
    app.testing = True
    app.test_client_class = Browser
    with app.app_context():
        was_empty = not inspect(db.engine).get_table_names()
        migrations.upgrade_all()
        refuse_real_sites()
    yield app
    with app.app_context():
        if was_empty:
            drop_tables(db.engine)
        db.engine.dispose()


def refuse_real_sites() -> None:
    """End the run where somebody has an account: what the tests write there nobody takes away."""
    if db.session.scalar(select(Account.id).limit(1)) is not None:
        pytest.exit(f"{DATABASE}: people have accounts there. Name a database that is empty.", 2)
    db.session.remove()


def drop_tables(engine: Engine) -> None:
    """Leave a database as empty as it was."""
    found = MetaData()
    found.reflect(engine)
    found.drop_all(engine)


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
            done = running.run_due(MOST_JOBS)
        if has_app_context():
            db.session.rollback()  # the test sees what they committed
        return done

    return run


@pytest.fixture
def run_periodic(made_site: Flask, run_jobs: Callable[[], int]) -> Callable[..., int]:
    """Does periodic work, such as `run_periodic("hello.tidy")`, as if its time had come, and what follows from it."""

    def run(*names: str) -> int:
        with made_site.app_context():
            known = {each.name: each for each in registry().periodic_jobs}
            for name in names:
                assert name in known, (
                    f"no periodic work is named {name!r}; there are {', '.join(sorted(known))}"
                )
                with unit_of_work() if known[name].in_transaction else nullcontext():
                    write = known[name].handle()
                if callable(write):
                    with unit_of_work():
                        write()
                db.session.remove()
        return run_jobs()

    return run


@pytest.fixture
def travel(monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    """Lets time go on at once, until the test ends: `travel(timedelta(days=8))`."""

    def go(further: timedelta) -> None:
        monkeypatch.setattr(clock, "set_to", lambda *_told, **_when: None)
        monkeypatch.setattr(clock, "_set_at", (clock.now() + further, clock.timer()))

    return go


@pytest.fixture
def mails_to(made_site: Flask) -> Callable[[str], Sequence[Mail]]:
    """The mails to an address, oldest first: each has `kind`, `subject`, `text` and `html`."""

    def to(address: str) -> Sequence[Mail]:
        with made_site.app_context():
            return db.session.scalars(
                select(Mail).where(Mail.recipient == address).order_by(Mail.id)
            ).all()

    return to


@pytest.fixture
def run_command(made_site: Flask) -> Callable[..., Result]:
    """Runs a command of a plugin or a feature: `run_command("import", "notes", path)`; returns `output` and
    `exit_code`.
    """

    def run(*words: object) -> Result:
        with made_site.app_context():
            group = click.Group("shop", registry().commands)
            done = CliRunner().invoke(group, [str(word) for word in words], obj=made_site)
        if has_app_context():
            db.session.rollback()  # the test sees what it committed
        return done

    return run


@pytest.fixture
def change_settings(site: Flask) -> Callable[..., None]:
    """Changes settings as the owner does: `change_settings(HelloSettings, greeting="Good morning")`."""

    def change(kind: type[Any], **values: Any) -> None:
        with unit_of_work():
            settings.change(kind, values)

    return change
