"""Fixtures for the tests of a plugin. pytest is told of this module (`-p shop.plugins.testing`, or `pytest_plugins` in
`conftest.py`), and `conftest.py` says what the site is started with:

    @pytest.fixture(scope="session")
    def plugins():
        return ("hello",)

The site lies in a folder of its own, on SQLite; with `SHOP_TEST_DATABASE_URL` in that database instead, which must be
empty. It is one for all tests of a run: what a test writes is there for the next.
"""

from __future__ import annotations

import contextvars
import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from flask import Flask, has_app_context
from flask.testing import FlaskClient
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import select
from werkzeug.test import TestResponse

from shop.app import create_app
from shop.blueprints.accounts import passwords
from shop.blueprints.accounts import services as accounts
from shop.blueprints.catalog import services as catalog
from shop.blueprints.catalog.services import ProductText, VariantTerms
from shop.config import Config
from shop.core import clock
from shop.core.jobs import running
from shop.core.mail import Mail
from shop.core.secrets.tokens import random_token
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from shop.plugins import migrations, registry
from shop.plugins.api import ProductView, product

MOST_JOBS = 1000


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
    app.test_client_class = Browser
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


@pytest.fixture
def run_periodic(made_site: Flask, run_jobs: Callable[[], int]) -> Callable[..., int]:
    """Does periodic work, such as `run_periodic("hello.tidy")`, as if its time had come, and what follows from it."""

    def run(*names: str) -> int:
        with made_site.app_context():
            known = {each.name: each for each in registry().periodic_jobs}
            for name in names:
                with unit_of_work() if known[name].in_transaction else nullcontext():
                    known[name].handle()
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


PASSWORD = "four quiet willow boats"  # noqa: S105
QUICK = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),))
"""What is used on a site takes a fifth of a second for each sign-in."""
_numbers = count(1)


@pytest.fixture
def signed_in(made_site: Flask, monkeypatch: pytest.MonkeyPatch) -> Callable[..., FlaskClient]:
    """Makes somebody with a role (`buyer` when none is named), and returns a browser in which they are signed in."""

    monkeypatch.setattr(passwords, "hasher", QUICK)

    def sign_in(role: str = "buyer", email: str = "") -> FlaskClient:
        address = email or f"person{next(_numbers)}@example.org"
        with made_site.app_context(), unit_of_work():
            accounts.create(
                email=address, name="Ruth Miller", role=role, password=PASSWORD, verified=True
            )
        browser = made_site.test_client()
        answer = browser.post("/account/sign-in", data={"email": address, "password": PASSWORD})
        assert answer.status_code == 303, answer.text
        return browser

    return sign_in


@pytest.fixture
def for_sale(made_site: Flask) -> Callable[..., ProductView]:
    """Puts a product with one variant on sale, such as `for_sale(price_minor=1400, stock=3)`."""

    def put(*, price_minor: int, stock: int | None = None, is_digital: bool = True) -> ProductView:
        with made_site.app_context(), unit_of_work():
            title = f"Guide {next(_numbers)}"
            made = catalog.write_product(ProductText(title=title, currency="EUR"))
            terms = VariantTerms(price_minor=price_minor, is_digital=is_digital)
            variant = catalog.write_variant(made, terms)
            if stock is not None:
                catalog.set_stock(variant, stock)
            catalog.put_on_shelf(made)
            slug = made.slug
        with made_site.app_context():
            found = product(slug)
        assert found is not None
        return found

    return put


@pytest.fixture
def check_out() -> Callable[..., TestResponse]:
    """Lets a browser buy a product, paying with a provider: `check_out(visitor, product, "my_provider")`."""

    def order(
        browser: FlaskClient, bought: ProductView, provider: str, **typed: Any
    ) -> TestResponse:
        added = browser.post("/cart/items", data={"variant": bought.variants[0].id, "quantity": 1})
        assert added.status_code == 303, added.text
        page = browser.get("/checkout").text
        hidden = dict(re.findall(r'name="(page_key|seen)"[^>]*value="([^"]*)"', page))
        who = {"email": "ruth@example.org", "name": "Ruth Miller", "consent": "y"}
        return browser.post("/checkout", data=who | hidden | {"method": provider} | typed)

    return order


@pytest.fixture
def mails_to(made_site: Flask) -> Callable[[str], Sequence[Mail]]:
    """The mails to an address, oldest first: each has `kind`, `subject`, `text` and `html`."""

    def to(address: str) -> Sequence[Mail]:
        with made_site.app_context():
            return db.session.scalars(
                select(Mail).where(Mail.recipient == address).order_by(Mail.id)
            ).all()

    return to
