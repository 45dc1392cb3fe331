"""A full disk, a locked database, a database that restarts: an error page, no lost order, and well again by itself."""

from __future__ import annotations

import contextlib
import resource
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.exc import OperationalError

from shop.blueprints.comments.models import Comment
from shop.blueprints.orders import services
from shop.blueprints.payments.attempts import looking_up
from shop.core import clock, database
from shop.extensions import db
from tests import controls
from tests.checkout.buying import check_out, orders, put_in
from tests.factories.articles import make_article
from tests.factories.orders import make_variant

PATIENCE_MS = 50


@contextlib.contextmanager
def full_disk() -> Iterator[None]:
    """The kernel lets no file of this process grow: neither the database nor the log."""
    with db.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextlib.contextmanager
def locked() -> Iterator[None]:
    """Somebody else holds the database's lock for longer than we wait."""
    hold = sqlite_held if db.engine.dialect.name == "sqlite" else tables_held
    other = create_engine(db.engine.url)
    db.session.remove()
    try:
        with other.connect() as holder, hold(holder):
            yield
            holder.rollback()
    finally:
        other.dispose()
        db.session.remove()
        db.engine.dispose()


@contextlib.contextmanager
def sqlite_held(holder: Connection) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "SQLITE_BUSY_MS", PATIENCE_MS)
        holder.exec_driver_sql("BEGIN IMMEDIATE")
        yield


@contextlib.contextmanager
def tables_held(holder: Connection) -> Iterator[None]:
    def hurry(raw: object, _record: object, _proxy: object) -> None:
        cursor = raw.cursor()  # type: ignore[attr-defined]
        cursor.execute(f"SET lock_timeout={PATIENCE_MS}")
        raw.commit()  # type: ignore[attr-defined]
        cursor.close()

    engine = db.engine
    event.listen(engine, "checkout", hurry)
    try:
        for table in ("shop_order", "cart", "cart_item", "comment", "job"):
            holder.execute(text(f"LOCK TABLE {table} IN EXCLUSIVE MODE"))
        yield
    finally:
        event.remove(engine, "checkout", hurry)


def comment(client, slug):
    return client.post(
        f"/articles/{slug}/comments",
        data={"author": "Ruth", "email": "ruth@example.org", "body": "It held for a year. " * 400},
    )


def refuses_and_heals(client, outbox, run_jobs, monkeypatch, till, trouble):
    slug = make_article().slug
    put_in(client, make_variant(stock=5))
    with trouble():
        refused = [comment(client, slug), check_out(client, method="till")]
        reading = client.get(f"/articles/{slug}")
    assert [answer.status_code for answer in refused] == [503, 503]
    assert all("<main" in answer.text and answer.headers["Retry-After"] for answer in refused)
    assert reading.status_code == 200
    assert db.session.query(Comment).count() == 0
    assert orders() == []
    # The same visitor goes on as if nothing had been; the payment's success meets the trouble again.
    assert comment(client, slug).status_code == 303
    assert check_out(client, method="till").location.startswith("https://pay.example/")
    [reference] = till.started
    till.take_money(reference)
    with trouble():
        client.get(f"/checkout/return/{orders()[0].token}")
        looking_up.reconcile()
    assert [order.is_paid for order in orders()] == [False]
    later = clock.now() + timedelta(minutes=3)
    monkeypatch.setattr(clock, "now", lambda: later)
    looking_up.reconcile()
    run_jobs()
    assert [order.state for order in orders()] == ["fulfilled"]
    assert len(outbox.messages) == 1


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)  # a server's disk is its own affair
def test_a_full_disk(client, app, outbox, run_jobs, monkeypatch, till):
    refuses_and_heals(client, outbox, run_jobs, monkeypatch, till, full_disk)


def test_a_locked_database(client, app, outbox, run_jobs, monkeypatch, till):
    refuses_and_heals(client, outbox, run_jobs, monkeypatch, till, locked)


@controls.on_sqlite
def test_control_a_locked_database(client, app, outbox, run_jobs, monkeypatch, till):
    """The order is paid in the end because its payment is looked up until that succeeds."""
    with controls.failing_without("open payments are looked up"):
        test_a_locked_database(client, app, outbox, run_jobs, monkeypatch, till)


@pytest.mark.parametrize("app", ["postgresql"], indirect=True)
def test_a_server_that_was_restarted_costs_nobody_a_page(client, app):
    slug = make_article().slug
    variant_id = make_variant(stock=5).id
    assert client.get(f"/articles/{slug}").status_code == 200
    end_connections()
    assert client.post("/cart/items", data={"variant": variant_id}).status_code == 303
    assert client.get("/cart").status_code == 200


@pytest.mark.parametrize("app", ["postgresql"], indirect=True)
def test_control_a_server_that_was_restarted(client, app, monkeypatch):
    """The guard: a connection is tried before it is used."""
    monkeypatch.setattr(db.engine.pool, "_pre_ping", False)
    with controls.failing_without():
        test_a_server_that_was_restarted_costs_nobody_a_page(client, app)


@pytest.mark.parametrize("app", ["postgresql"], indirect=True)
def test_a_restart_in_the_middle_of_an_order_is_an_error_page_and_then_one_order(
    client, app, till, monkeypatch
):
    put_in(client, make_variant(stock=5))
    place = services.place_order

    def place_while_the_server_restarts(draft):
        end_connections()
        return place(draft)

    monkeypatch.setattr(services, "place_order", place_while_the_server_restarts)
    interrupted = check_out(client, method="till")
    monkeypatch.undo()
    assert interrupted.status_code == 503
    assert orders() == []
    assert check_out(client, method="till").status_code == 303
    assert len(orders()) == 1


@pytest.mark.parametrize("app", ["postgresql"], indirect=True)
def test_whoever_asks_on_after_a_part_has_lost_the_connection_is_told_to_come_again(
    client, app, monkeypatch
):
    slug = make_article().slug
    db.session.remove()  # the test's own, which is lost as well

    def lose_the_connection(*_given):
        end_connections()
        with contextlib.suppress(OperationalError):  # as for a part that the page can do without
            db.session.connection().execute(text("SELECT 1"))
        return db.session.connection().execute(text("SELECT 1"))

    monkeypatch.setattr("shop.blueprints.articles.views.place_in_series", lose_the_connection)
    interrupted = client.get(f"/articles/{slug}")
    assert (interrupted.status_code, interrupted.headers["Retry-After"]) == (503, "10")
    monkeypatch.undo()
    assert client.get(f"/articles/{slug}").status_code == 200


def end_connections() -> None:
    """What clients see of a restart: every connection is gone at once."""
    other = create_engine(db.engine.url)
    with other.connect() as administrator:
        administrator.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    other.dispose()
