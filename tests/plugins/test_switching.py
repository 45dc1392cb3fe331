"""The owner switches a plugin off while the site runs, and sees and hears how plugins do."""

from __future__ import annotations

import pytest
from flask import Blueprint, Flask
from sqlalchemy import select

from shop.app import create_app
from shop.blueprints.cart import rules
from shop.config import Config
from shop.core import jobs
from shop.core.app_state import state_of
from shop.core.jobs import Job, running
from shop.core.mail.models import Mail
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db, limiter
from shop.plugins import manager, registry
from shop.plugins.api import (
    CartFacts,
    CartFactsLine,
    Discount,
    JobKind,
    NavigationItem,
    Percent,
    PersonalData,
    Slot,
)
from shop.plugins.guard.health import HealthBook, Place, health_book
from shop.plugins.manager import Registry
from tests import data_folders
from tests.conftest import FreshClient
from tests.factories.accounts import make_account, sign_in
from tests.plugins.test_starting import plugin

TEMPLATE = "cart/refused.html"
FACTS = CartFacts((CartFactsLine(1, 1, 2_000, 2, is_digital=True),), "EUR")
is_failing = [False]
done = []


class HalfPrice:
    """A rule that fails on demand."""

    name, takes_codes = "half", False

    def terms(self, cart):
        if is_failing[0]:
            raise ConnectionError("the shop of discounts is away")
        yield Discount("Half", percent=Percent("50"))


def lively():
    """A plugin of all sorts."""
    pages = Blueprint("lively", __name__)
    pages.get("/lively", endpoint="page")(lambda: "a lively page")
    return plugin(
        "lively",
        blueprints=[pages],
        slots=[Slot("footer", TEMPLATE, lambda: {"message": "a lively footer"})],
        navigation=[NavigationItem("footer", "A lively link", "lively.page", order=1)],
        cart_rules=[HalfPrice()],
        job_kinds=[JobKind("lively.work", done.append)],
        personal_data=[PersonalData("lively", "Lively things", lambda _email: ["kept"], print)],
    )


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def made(request, tmp_path_factory):
    """A site with the plugin, made once."""
    folder = tmp_path_factory.mktemp("lively")
    # First, because the first of all databases is the pattern of the others: the plugin must not get into that.
    url = data_folders.made(request.param, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manager, "installed", lambda _names: [lively()])
        limiter.enabled = True  # else it would not bind to another application
        site = create_app(
            Config(
                data_dir=folder,
                database_url=url,
                base_url="http://localhost",
                secret_key="a key for tests only",
                stripe_secret_key="",
                stripe_webhook_secret="",
                plugins=("lively",),
            )
        )
        limiter.enabled = False
    site.testing = True
    site.test_client_class = FreshClient
    with site.app_context():
        health_book().failures_every = health_book().times_every = float("inf")
    yield site
    with site.app_context():
        db.engine.dispose()


@pytest.fixture
def site(made):
    """The site."""
    with made.app_context():
        yield made
        db.session.remove()


@pytest.fixture
def owner(site: Flask):
    """The owner's browser."""
    return sign_in(site.test_client(), make_account("owner"))


def test_a_plugin_is_switched_off_at_once_and_on_again(site, owner):
    visitor = site.test_client()
    for _ in range(2):
        assert "a lively footer" in visitor.get("/contact").text
        assert "A lively link" in visitor.get("/contact").text
        assert visitor.get("/lively").text == "a lively page"
        assert rules.quote(FACTS).total_minor == 2_000
        assert owner.post("/admin/plugins/lively/off").status_code == 303
        assert "a lively footer" not in visitor.get("/contact").text
        assert "A lively link" not in visitor.get("/contact").text
        assert visitor.get("/lively").status_code == 404
        assert rules.quote(FACTS).total_minor == 4_000
        assert "Switched off" in owner.get("/admin/plugins/").text
        assert "lively" in [each.name for each in registry().personal_data]
        with unit_of_work():
            jobs.enqueue("lively.work")
        running.run_due(100)
        assert done == []
        waiting = db.session.scalars(select(Job).where(Job.kind == "lively.work")).all()
        with unit_of_work():
            for job in waiting:
                db.session.delete(job)
        assert owner.post("/admin/plugins/lively/on").status_code == 303
    assert owner.post("/admin/plugins/articles/off").status_code == 404, "it ships with the shop"


def test_the_owner_reads_what_failed_and_gets_one_mail_when_nothing_is_sold(site, owner):
    is_failing[0] = True
    for _ in range(2):
        assert rules.quote(FACTS).objections
        health_book().write()
    is_failing[0] = False
    running.run_due(100)
    mails = db.session.scalars(select(Mail).where(Mail.kind == "plugin-failed")).all()
    (mail,) = mails
    assert mail.subject.endswith("the plugin lively fails")
    assert "Prices in the cart: Carts can’t be priced, so buyers are asked" in mail.text
    assert "To sell without the plugin, switch it off" in mail.text
    assert "the shop of discounts is away" in mail.text
    page = owner.get("/admin/plugins/").text
    assert "ConnectionError: the shop of discounts is away" in page
    assert "cart_rules half" in page
    assert "Carts can’t be priced, so buyers are asked to try again later." in page
    place = Place("lively", "slots", "footer")
    for _ in range(10):
        health_book().failed(place, 0.0, ValueError())
    health_book().write()
    assert health_book().is_paused(place)
    assert owner.post("/admin/plugins/lively/forgotten").status_code == 303
    assert not HealthBook().is_paused(place), "asked again in every process"
    assert "the shop of discounts is away" not in owner.get("/admin/plugins/").text


def test_a_plugin_that_needs_one_that_is_off_is_off_too(site):
    whole = state_of(site).part(Registry)
    assert not whole.without(frozenset({"lively"})).has("lively")
    assert whole.without(frozenset({"articles"})).has("articles")
