"""What lies on the disk opens nothing: no link, no cookie, no file for other users, no name in a log."""

from __future__ import annotations

import importlib.util
import io
import json
import stat
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import text

from shop.app import create_app
from shop.blueprints.cart.models import Cart
from shop.blueprints.comments.replies.models import ReplyWatch
from shop.blueprints.invoices.models import Invoice
from shop.blueprints.newsletter.models import NewsletterSubscriber, SubscriberState
from shop.blueprints.orders.models import Order
from shop.blueprints.stock_alerts.models import StockAlert
from shop.config import Config, ConfigError
from shop.core import clock, jobs
from shop.core.database import engine_options
from shop.core.jobs import Job, running
from shop.core.observing import logs
from shop.core.secrets import tokens
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from tests import controls
from tests.factories.newsletter import make_subscriber
from tests.factories.orders import make_free_order

OPENED = [Order, Cart, Invoice, NewsletterSubscriber, StockAlert, ReplyWatch]
MIGRATION = Path(__file__).parents[2] / "migrations" / "versions" / "0019_secret_links.py"
KEYS = ["the key of today, long", "the key of yesterday", "the key before that one"]


@pytest.fixture
def rotate(app, monkeypatch):
    """Let the site's keys be these, the newest first."""

    def change(first, *before):
        monkeypatch.setitem(app.config, "SECRET_KEY", first)
        monkeypatch.setitem(app.config, "SECRET_KEY_FALLBACKS", list(before))

    return change


def leaving(subscriber):
    return f"/newsletter/unsubscribe/{subscriber.token}"


def stored():
    """Everything that stands in the database, as one text."""
    return "\n".join(
        str(row)
        for table in db.metadata.sorted_tables
        if not table.name.startswith("plugin_")
        for row in db.session.execute(sa.select(table))
    )


def test_order_idor_with_a_copy_of_the_database(client):
    """Whoever knows every value of every row opens no order: the link is written nowhere."""
    order = make_free_order()
    assert client.get(f"/orders/{order.token}").status_code == 200
    everything = stored()
    assert order.link_key in everything
    assert order.token not in everything
    for guess in (order.link_key, order.link_key * 2, order.link_key + "A" * 27):
        assert client.get(f"/orders/{guess}").status_code == 404
    with controls.without("proof in links"):
        assert client.get(f"/orders/{order.link_key}").status_code == 200


@pytest.mark.parametrize("model", OPENED)
def test_a_link_of_one_kind_opens_no_other(app, model):
    key = tokens.random_token()
    others = {other.__tablename__ for other in OPENED} - {model.__tablename__}
    token = tokens.link_token(model.__tablename__, key)
    assert tokens.link_key(model.__tablename__, token) == key
    assert {tokens.link_key(other, token) for other in others} == {""}


@pytest.mark.parametrize("token", ["", "é", "x" * 31, "x" * 59, "\u2028" * 59, "x" * 3000])
def test_what_is_no_link_opens_nothing(client, token):
    make_subscriber("ruth@example.org", SubscriberState.CONFIRMED)
    assert not tokens.link_key("newsletter_subscriber", token)


def test_a_link_outlives_a_change_of_keys(client, rotate):
    rotate(KEYS[1])
    subscriber = make_subscriber("ruth@example.org", SubscriberState.CONFIRMED)
    old, signed = leaving(subscriber), tokens.sign("test", 1)
    recognised = tokens.fingerprint("test", "ruth")
    rotate(*KEYS)
    assert leaving(subscriber) != old
    assert client.get(old).status_code == client.get(leaving(subscriber)).status_code == 200
    assert tokens.unsign("test", signed) == 1
    rotate(KEYS[0], KEYS[1])
    assert tokens.fingerprint("test", "ruth") == recognised
    rotate(KEYS[0])
    assert client.get(old).status_code == 404
    assert client.get(leaving(subscriber)).status_code == 200


def test_nobody_is_signed_out_by_a_change_of_keys(app, client, rotate):
    from tests.factories.accounts import make_account, sign_in

    rotate(KEYS[1])
    owner = sign_in(client, make_account("owner"))
    rotate(KEYS[0], KEYS[1])
    assert owner.get("/admin/").status_code == 200
    rotate(KEYS[0])
    assert owner.get("/admin/").status_code == 303


def test_keys_come_from_the_environment_or_from_lines_of_the_file(tmp_path):
    assert Config(secret_key=KEYS[0], secret_key_previous=f"{KEYS[1]},{KEYS[2]}").secret_keys() == (
        *KEYS,
    )
    made = Config(data_dir=tmp_path).secret_keys()
    (tmp_path / "secret_key").write_text(f"{'n' * 40}\n{made[0]}\n")
    assert Config(data_dir=tmp_path).secret_keys() == ("n" * 40, *made)
    (tmp_path / "secret_key").write_text("short\n")
    with pytest.raises(ConfigError):
        Config(data_dir=tmp_path).secret_keys()


def test_the_migration_keeps_links_that_were_given_out(app, client):
    """Before it, the link itself was stored; and the reservation of an order was named by it."""
    order = make_free_order()
    given_out = "an-old-token-of-32-characters-A1"
    with unit_of_work() as session:
        session.execute(text("UPDATE shop_order SET token = :t"), {"t": given_out})
        session.execute(
            sa.insert(Cart).values(
                token="another-old-token-of-32-letters1",
                held_as=given_out,
                created_at=clock.now(),
                updated_at=clock.now(),
            )
        )
        module = _loaded(MIGRATION)
        with Operations.context(MigrationContext.configure(session.connection())):
            module.upgrade()
    db.session.expire_all()
    assert client.get(f"/orders/{given_out}").status_code == 200
    assert given_out not in stored()
    assert db.session.scalars(sa.select(Cart)).one().held_as == order.link_key
    assert module.hashed(given_out) == tokens.hashed_token(given_out) == order.link_key


def _loaded(path):
    spec = importlib.util.spec_from_file_location("migration", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("existed", [False, True])
def test_folder_and_database_are_for_us_alone(tmp_path, existed):
    folder = tmp_path / "data"
    if existed:
        folder.mkdir(mode=0o755)
        folder.chmod(0o755)
        for name in ("shop.sqlite3", "secret_key"):
            (folder / name).touch()
            (folder / name).chmod(0o644)
    boot = Config(data_dir=folder, secret_key=KEYS[0])
    boot.make_data_dir()
    boot.make_database_private()
    assert (mode(folder), mode(folder / "shop.sqlite3")) == (0o700, 0o600)


def test_a_site_that_is_only_asked_for_has_no_database_yet(tmp_path):
    """`shop demo` asks whether another site is there, and must not find its own question."""
    app = create_app(Config(data_dir=tmp_path, secret_key=KEYS[0]))
    assert not (tmp_path / "shop.sqlite3").exists()
    with app.app_context():
        db.session.execute(text("SELECT 1"))
        assert mode(tmp_path / "shop.sqlite3") == 0o600
        db.engine.dispose()


def test_a_folder_that_is_not_ours_keeps_its_mode(tmp_path):
    tmp_path.chmod(0o755)
    Config(data_dir=tmp_path).make_data_dir()
    assert mode(tmp_path) == 0o755


def test_a_database_error_tells_no_values(app, monkeypatch):
    """PostgreSQL adds the row that an error is about; SQLAlchemy would add the parameters."""
    assert engine_options("sqlite://")["hide_parameters"]
    make_subscriber("ruth.marlow@example.org", SubscriberState.CONFIRMED)
    said = io.StringIO()
    monkeypatch.setattr(sys, "stderr", said)
    logs.install(debug=False)
    with unit_of_work():
        jobs.enqueue("test.fails")
    registry = jobs.job_registry()
    monkeypatch.setitem(registry.kinds, "test.fails", jobs.JobKind("test.fails", _twice))
    running.run_due()
    for told in (said.getvalue(), db.session.scalars(sa.select(Job.error)).one()):
        assert "IntegrityError" in told
        assert "ruth.marlow" not in told


def _twice(_payload):
    db.session.execute(
        sa.insert(NewsletterSubscriber).values(
            email="ruth.marlow@example.org",
            asked_on="/",
            asked_at=clock.now(),
            address_key="",
            state=SubscriberState.PENDING,
        )
    )


@pytest.mark.parametrize(
    ("said", "kept", "hidden"),
    [
        ("no answer for ruth@example.org", "example.org", "ruth"),
        ('Error("x\\nDETAIL:  Key (name)=(Ruth \\"R\\") exists.\\nmore")', "more", "Ruth"),
        ("DETAIL:  Failing row contains (1, Ruth)\nCONTEXT: here", "DETAIL", "Ruth"),
        ("postgresql://shop:hush@db/shop", "postgresql://shop:", "hush"),
        ("Stripe said no to sk_live_4eC39HqLyjWDarjt", "sk_", "4eC39"),
        ("GET /orders/" + "aB3" * 20, "/orders/", "aB3aB3"),
        ("cookie eyJhIjoxMjM0NTY3ODkwMTIzNDU2Nzg5MH0.ZxYw1A.abc-DEF_9", "cookie", "abc-DEF"),
        ("shop/blueprints/comments/judging/rescans/jobs.py", "rescans/jobs.py", "(hidden)"),
        ("test_a_database_error_tells_no_values_and_more", "no_values", "(hidden)"),
    ],
)
def test_a_log_hides_people_and_keys(monkeypatch, said, kept, hidden):
    listener = io.StringIO()
    monkeypatch.setattr(sys, "stderr", listener)
    logs.install(debug=False)
    logs.structlog.get_logger("test").warning("it.failed", said=said, number=3)
    line = json.loads(listener.getvalue())
    assert kept in line["said"]
    assert hidden not in line["said"]
    assert line["number"] == 3
