"""What one host changes, another host with the same PostgreSQL hears of; what it can't hear, it does not trust."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from shop.app import create_app
from shop.blueprints.articles import queries as articles
from shop.blueprints.articles.models import Article
from shop.blueprints.articles.services import save_article
from shop.blueprints.comments.judging.learning import lessons
from shop.blueprints.comments.judging.models import LearnedWeights
from shop.blueprints.comments.moderation.mutes import check, rules
from shop.blueprints.taxes import queries as taxes
from shop.blueprints.taxes.models import Goods
from shop.blueprints.taxes.services import TaxTerms, write_tax_rate
from shop.core import clock, settings
from shop.core.app_state import app_state, state_of
from shop.core.changes import invalidation, listener, peers
from shop.core.changes.listener import DatabaseAway, Lease, Listener, Missed, NotifiedConnection
from shop.core.changes.purge import slot_of
from shop.core.database import say_at_commit
from shop.core.settings import SettingRow
from shop.core.site import SiteSettings, site
from shop.core.unit_of_work import purge, unit_of_work
from shop.extensions import db
from shop.plugins.api import CommentDraft
from tests import servers
from tests.factories.articles import make_article, make_page

pytestmark = pytest.mark.parametrize("app", ["postgresql"], indirect=True)


@pytest.fixture(scope="module")
def other_host(applications, tmp_path_factory) -> Iterator[Flask]:
    """A second application on the PostgreSQL of the first, with a data folder and so a purge board of its own."""
    first = state_of(applications("postgresql")).config
    folder = tmp_path_factory.mktemp("other")
    other = create_app(first.changed(data_dir=folder))
    yield other
    with other.app_context():
        db.engine.dispose()


@pytest.fixture
def line(other_host) -> Iterator[NotifiedConnection]:
    """What the other host hears by. Before it, nothing is remembered there."""
    state = state_of(other_host)
    state.answers.clear()
    with other_host.app_context():
        engine = db.engine
    with closing(NotifiedConnection(engine)) as line:
        state.purge_board.purge_everything()
        yield line


def hear(other_host: Flask, line: NotifiedConnection) -> None:
    Listener(other_host).pass_on(line.look())


def seen_by(other_host: Flask, question):
    with other_host.app_context():
        return question()


def change_setting():
    settings.change(SiteSettings, {"name": "Tea House"})


def add_tax_rate():
    day = taxes.rates_today() - timedelta(days=1)
    write_tax_rate(TaxTerms("DE", Goods.EVERYTHING, "VAT", 19_000, day))


def add_mute():
    rule = rules.rule_of(rules.MuteKind.PHRASE, "cheap watches")
    rules.mute(rule, is_spam=True, note="", expires_at=None, by=None)


def is_muted():
    draft = CommentDraft(1, "Ruth", "ruth@example.org", "Buy cheap watches", None, "", None, "")
    return any(check.Muted().judge(draft))


def put_into_menu():
    page = db.session.scalars(select(Article).where(Article.slug == "imprint")).one()
    save_article(page, menu="footer")


def learn():
    db.session.add(LearnedWeights(id=1, version=1, lessons=5, weights=b""))
    purge(lessons._TAG)


MEMORIES = {
    "a setting": (change_setting, lambda: site().name),
    "a tax rate": (add_tax_rate, taxes.has_rates),
    "a mute": (add_mute, is_muted),
    "the menu": (put_into_menu, articles.menu_pages),
    "the spam filter": (learn, lambda: lessons.experience().lessons),
}


@pytest.mark.parametrize("what", MEMORIES)
def test_a_change_is_seen_on_the_other_host_once_it_has_heard(app, other_host, line, what):
    change, question = MEMORIES[what]
    make_page(slug="imprint", title="Imprint")
    hear(other_host, line)
    before = seen_by(other_host, question)
    with unit_of_work():
        change()
    assert question() != before
    assert seen_by(other_host, question) == before, "else this proves nothing"
    hear(other_host, line)
    assert seen_by(other_host, question) != before


def test_a_kept_page_of_the_other_host_is_made_anew(app, other_host, line):
    article = make_article(title="Old words", slug="one")
    reader = other_host.test_client()
    assert b"Old words" in reader.get("/articles/one").data
    with unit_of_work():
        save_article(article, title="New words")
    assert b"Old words" in reader.get("/articles/one").data
    hear(other_host, line)
    assert b"New words" in reader.get("/articles/one").data


def test_what_is_rolled_back_is_told_to_nobody(app, line):
    with pytest.raises(ZeroDivisionError), unit_of_work():
        purge("article:1")
        raise ZeroDivisionError
    with unit_of_work():
        pass  # changes nothing that is remembered
    assert line.look() == set()


def test_a_transaction_that_takes_long_is_not_missed(app, line):
    note = invalidation._NOTE
    with db.engine.connect() as slow:
        slow.exec_driver_sql(note, {"tags": '["slow"]', "channel": invalidation.CHANNEL})
        with unit_of_work():
            purge("quick")
        assert line.look() == {"quick"}
        slow.commit()
    assert line.look() == {"slow"}
    assert line.look() == set()


def test_the_bell_rings_at_the_commit(app, line):
    with unit_of_work():
        purge("article:1")
    began = time.monotonic()
    line.wait(60)
    assert time.monotonic() - began < 30
    assert line.look() == {"article:1"}


def test_a_database_that_does_not_answer_is_no_reason_to_wait(app, line, monkeypatch):
    monkeypatch.setattr(listener, "ANSWER_SECONDS", 0.1)
    with pytest.raises(DatabaseAway):
        line.ask("SELECT pg_sleep(60)")


def test_who_has_not_looked_for_long_has_missed_something(app, line, monkeypatch):
    monkeypatch.setattr(invalidation, "KEEP", timedelta(0))
    with pytest.raises(Missed):
        line.look()


def test_rows_are_deleted_when_every_host_has_read_them(app, monkeypatch):
    count = select(func.count()).select_from(invalidation.Invalidation)
    with unit_of_work():
        purge("article:1")
    with unit_of_work():
        invalidation.prune()
    assert db.session.scalar(count) == 1
    monkeypatch.setattr(invalidation, "KEEP", timedelta(0))
    with unit_of_work():
        invalidation.prune()
    assert db.session.scalar(count) == 0


def test_a_host_that_is_cut_off_purges_everything_until_it_hears_again(app, other_host):
    board = state_of(other_host).purge_board
    slots = (slot_of("article:1"),)

    def fail_once(_slots):
        board.purged.remove(fail_once)
        raise OSError(28, "No space left on device")

    host, before = Listener(other_host), board.sequence
    host.start()
    try:
        servers.until(lambda: board.sequence > before, "the host to listen, and to purge all")
        since = board.sequence
        with unit_of_work():
            purge("article:1")
        servers.until(lambda: not board.is_fresh(slots, since), "the change to be heard")
        assert board.is_fresh((slot_of("article:2"),), since)
        since = board.sequence
        db.session.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE '%listener'"
            )
        )
        servers.until(lambda: not board.is_fresh((slot_of("article:2"),), since), "a purge of all")
        servers.until(lambda: _listeners() == 1, "the host to listen again")
        board.purged.append(fail_once)
        with unit_of_work():
            purge("article:3")
        servers.until(lambda: fail_once not in board.purged, "a failure of who is told")
        servers.until(lambda: _listeners() == 1, "the host to listen all the same")
        since = listener.seconds_since_answer(state_of(other_host).config.data_dir)
        assert since is not None
        assert since < 2
    finally:
        host.stop()


def _listeners() -> int:
    query = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE '%listener'"
    found: int = db.session.scalar(text(query)) or 0
    db.session.rollback()
    return found


def test_hosts_that_do_not_fit_together_are_told_apart(app, line, tmp_path):
    config = app_state().config
    own = peers.facts_of(config)
    others = {
        "a": {},
        "b": {"secret_key": "another key for tests"},
        "c": {"secret_key": "the next key for tests", "secret_key_previous": (config.secret_key,)},
        "d": {"plugins": ("reviews",)},
        "e": {"files_url": "s3://elsewhere"},
    }
    for name, values in others.items():
        folder = tmp_path / name
        other = peers.facts_of(config.changed(**values, data_dir=folder))
        line.ask(peers.SAY, other.as_parameters(9 if name == "a" else 0))
    found = peers.differences(own, peers.running())
    said = "\n".join(found)
    assert f"The clock of {socket.gethostname()}:{tmp_path}/a is +9 s off" in said
    assert f"{tmp_path}/b has another SHOP_SECRET_KEY" in said
    assert f"{tmp_path}/c has another SHOP_SECRET_KEY" in said, "we do not take its new key yet"
    assert f"{tmp_path}/d has other values of SHOP_PLUGINS" in said
    assert f"{tmp_path}/e keeps its files elsewhere" in said
    assert config.secret_key not in said
    assert len(found) == len(others)


def test_one_process_listens_and_another_follows_when_it_dies_or_freezes(
    app, tmp_path, monkeypatch
):
    path = tmp_path / "listener"
    first, second, third = Lease(path), Lease(path), Lease(path)
    assert first.take()
    assert not second.take()
    monkeypatch.setattr(listener, "FROZEN_SECONDS", 0.0)
    assert second.take(), "the first has not been heard of for too long"
    monkeypatch.setattr(listener, "FROZEN_SECONDS", 60.0)
    assert second.take(), "who has it keeps it"
    assert not third.take()
    assert first.take(), "it wakes up, and still has the lock"
    assert not second.take()
    first.close()  # as the kernel does when it is killed
    assert third.take()
    assert not second.take()
    second.close()
    third.close()


def test_what_can_not_be_said_at_the_commit_undoes_the_unit(app):
    with pytest.raises(DBAPIError, match="division"), unit_of_work() as session:
        session.add(SettingRow(namespace="unsaid", values={}, changed_at=clock.now()))
        say_at_commit("SELECT %(of)s / 0", {"of": 1})
    assert db.session.get(SettingRow, "unsaid") is None
