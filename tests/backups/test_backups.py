"""A backup is the whole site in one file; restored, it is the same site, or nothing is left of it."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import sqlite3
import zlib

import pytest
from click.testing import CliRunner
from sqlalchemy import select, text

from shop.app import create_app
from shop.backups import archive, backing_up, encryption, restoring, snapshots
from shop.backups.cli import backup_command
from shop.blueprints.catalog.stock import levels
from shop.blueprints.orders.models import Order
from shop.blueprints.payments.settlement import settle
from shop.config import Config
from shop.core import activity
from shop.core.app_state import app_state
from shop.core.changes.purge import FILE, PurgeBoard, slot_of
from shop.core.errors import Refused
from shop.core.files import storage
from shop.core.jobs import running
from shop.core.search import SearchDocument, find, index
from shop.core.unit_of_work import unit_of_work
from shop.extensions import Base, db
from tests import controls, planted, servers
from tests.factories.orders import make_order, make_payment, make_variant, paid

PHRASE = "a passphrase for tests only"


@pytest.fixture
def sold(app, outbox):
    """A site that has sold something, with a file and an entry in the activity log."""
    variant = make_variant()
    with unit_of_work():
        levels.restock(variant, 3)
    payment = make_payment(make_order((variant, 1)))
    with unit_of_work():
        settle(payment.id, paid(payment), learned_from="test")
        activity.log_act(activity.ActivityKind.SIGN_IN, "tests", by=None)
        db.session.execute(
            text("CREATE TABLE plugin_gone_note (id INTEGER PRIMARY KEY, body TEXT)")
        )
        db.session.execute(
            text("INSERT INTO plugin_gone_note VALUES (7, :body)"), {"body": "a\tb\nc\\"}
        )
    storage.keep(b"a book")
    running.run_due()
    yield
    with unit_of_work():
        db.session.execute(text("DROP TABLE IF EXISTS plugin_gone_note"))


@pytest.fixture
def place(app, tmp_path):
    """An empty folder and an empty database of the same kind."""
    url = ""
    if db.engine.dialect.name == "postgresql":
        url = servers.postgres().new_database()
    return Config(
        data_dir=tmp_path / "restored",
        database_url=url,
        base_url=app_state().config.base_url,
        secret_key=app_state().config.secret_key,
    )


def back_up(tmp_path, phrase=None):
    return backing_up.back_up(tmp_path / "site.backup", phrase, lambda _line: None)


def restore(source, place, phrase=PHRASE):
    said = []
    restoring.restore(source, place, lambda: phrase, said.append)
    return "\n".join(said)


@contextlib.contextmanager
def at(place):
    with create_app(place).app_context():
        try:
            yield
        finally:
            db.session.remove()
            db.engine.dispose()


@pytest.fixture(autouse=True)
def _cheap_passphrases(monkeypatch):
    monkeypatch.setattr(encryption, "COST", 2**4)


def all_rows():
    rows = {}
    for table in [*Base.metadata.sorted_tables]:
        if not table.name.startswith("plugin_"):
            rows[table.name] = sorted(map(repr, db.session.execute(select(table))))
    db.session.rollback()
    return rows


def test_a_restored_site_is_the_same_site(app, sold, place, tmp_path):
    before = all_rows()
    kept_before = PurgeBoard(place.data_dir / FILE).sequence
    said = restore(back_up(tmp_path, PHRASE), place)
    assert "stock: all numbers match" in said
    assert "activity log: 1 entries, none changed" in said
    assert "orders: the history of every order leads" in said
    with at(place):
        assert not app_state().purge_board.is_fresh([slot_of("settings")], kept_before)
        assert all_rows() == before
        assert storage.content_of(hashlib.sha256(b"a book").hexdigest()) == b"a book"
        assert (
            db.session.scalar(text("SELECT body FROM plugin_gone_note WHERE id = 7")) == "a\tb\nc\\"
        )
        new = make_order((make_variant(stock=1), 1))
        assert new.id not in {
            order_id for order_id in db.session.scalars(select(Order.id)) if order_id != new.id
        }
        with pytest.raises(Refused, match="There is a database already"):
            restore(tmp_path / "site.backup", place)


@controls.on_sqlite
def test_a_site_that_has_outgrown_sqlite_goes_on_with_postgresql(app, sold, place, tmp_path):
    place = place.changed(database_url=servers.postgres().new_database())
    planted.forget()
    with pytest.raises(Refused, match=r"no place here for plugin_gone_note\."):
        restore(back_up(tmp_path), place)
    with unit_of_work():
        db.session.execute(text("DROP TABLE plugin_gone_note"))
        index("tests", SearchDocument("a", "Herons", "Grey herons wade.", "/herons"))
    before = all_rows()
    said = restore(backing_up.back_up(tmp_path / "next", None, lambda _line: None), place)
    assert "stock: all numbers match" in said
    with at(place):
        assert db.engine.dialect.name == "postgresql"
        assert all_rows() == before
        assert [each.url for each in find("heron", ["tests"], limit=5)] == ["/herons"]
        make_order((make_variant(stock=1), 1))


def unpacked(content):
    """What is packed in a file; nothing when it is damaged."""
    try:
        return gzip.decompress(content)
    except (OSError, EOFError, zlib.error):
        return b""


@controls.on_sqlite
def test_a_backup_that_was_changed_or_cut_off_is_refused(app, sold, tmp_path):
    content = back_up(tmp_path).read_bytes()
    places = range(0, len(content), len(content) // 9 - 1)
    flipped = [content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :] for at in places]
    # A reference to an earlier repetition may become one to another of the same bytes: then nothing was changed.
    changed = [each for each in flipped if unpacked(each) != unpacked(content)]
    assert len(changed) > len(flipped) // 2
    for number, altered in enumerate([*changed, content[:-2000], content[:-1], b""]):
        altered_file, folder = tmp_path / f"altered-{number}", tmp_path / f"folder-{number}"
        altered_file.write_bytes(altered)
        folder.mkdir()
        with pytest.raises(Refused):
            archive.unpack(altered_file, folder, lambda: PHRASE, lambda _about: None)


@pytest.mark.parametrize("app", ["postgresql"], indirect=True)
def test_what_does_not_add_up_afterwards_is_taken_away_again(
    app, sold, place, tmp_path, monkeypatch
):
    whole = back_up(tmp_path)
    counted = snapshots.count_rows
    monkeypatch.setattr(snapshots, "count_rows", lambda: {**counted(), "shop_order": 0})
    with pytest.raises(Refused, match=r"numbers of rows.*shop_order"):
        restore(whole, place)
    with at(place):
        assert snapshots.is_empty()
        assert not [*storage.store().names()]


@controls.on_sqlite
def test_only_the_passphrase_opens_it(app, tmp_path, place):
    whole = back_up(tmp_path, PHRASE)
    assert b"about.json" not in whole.read_bytes()
    with pytest.raises(Refused, match="passphrase is wrong"):
        restore(whole, place, "another one")


@controls.on_sqlite
def test_an_encrypted_backup_brings_the_keys_along_wherever_they_stand(
    app, tmp_path, place, monkeypatch
):
    state = app_state()
    of_the_environment = state.config.changed(secret_key_previous=("the key that was before it",))
    monkeypatch.setattr("shop.config.environment.SHORTEST_KEY", len(of_the_environment.secret_key))
    monkeypatch.setattr(state, "config", of_the_environment)
    without_settings = place.changed(secret_key="")
    restore(back_up(tmp_path, PHRASE), without_settings)
    assert without_settings.secret_keys() == of_the_environment.secret_keys()


def test_an_encrypted_file_can_be_neither_cut_off_nor_put_in_another_order(tmp_path):
    from shop.backups.encryption import (
        MAGIC,
        PIECE,
        SALT_BYTES,
        TAG_BYTES,
        EncryptedReader,
        EncryptedWriter,
    )

    path = tmp_path / "sealed"
    with path.open("wb") as file, EncryptedWriter(file, PHRASE) as sealed:
        sealed.write(b"a" * PIECE)
        sealed.write(b"b" * PIECE)
        sealed.write(b"c")
    head, piece, content = len(MAGIC) + SALT_BYTES, PIECE + TAG_BYTES, path.read_bytes()
    first, second = content[head : head + piece], content[head + piece : head + 2 * piece]
    last = content[head + 2 * piece :]
    for pieces in (
        (first, second),
        (second, first, last),
        (first, second, second, last),
        (first, last),
    ):
        path.write_bytes(content[:head] + b"".join(pieces))
        with path.open("rb") as file, pytest.raises(Refused):
            EncryptedReader(file, PHRASE).readall()
    path.write_bytes(content)
    with path.open("rb") as file:
        assert EncryptedReader(file, PHRASE).readall() == b"a" * PIECE + b"b" * PIECE + b"c"


@controls.on_sqlite
def test_a_backup_that_fails_leaves_no_file(app, tmp_path, monkeypatch):
    def full(*_told):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(archive.ArchiveWriter, "add_file", full)
    result = CliRunner().invoke(backup_command, [str(tmp_path / "new.backup")])
    assert result.exit_code == 1
    assert "No space left on device. Nothing was kept." in result.output
    assert not [path for path in tmp_path.iterdir() if "backup" in path.name]


@controls.on_sqlite
def test_a_folder_that_is_not_there_becomes_no_file(app, tmp_path):
    result = CliRunner().invoke(backup_command, [f"{tmp_path}/backups/"])
    assert result.exit_code == 1
    assert "There is no folder" in result.output
    assert not (tmp_path / "backups").exists()


@controls.on_sqlite
def test_a_backup_never_overwrites_another(app, tmp_path):
    back_up(tmp_path)
    with pytest.raises(Refused, match="is there already"):
        back_up(tmp_path)


def test_a_backup_sees_one_moment_while_others_write(app, tmp_path, monkeypatch):
    """What is written meanwhile is in it whole or not at all: here it is not."""
    make_variant(stock=1)
    if db.engine.dialect.name == "sqlite":
        rows = snapshots.take_database(tmp_path)
        with sqlite3.connect(tmp_path / snapshots.SQLITE_FILE) as copy:
            assert (
                copy.execute("SELECT count(*) FROM variant").fetchone()[0] == rows["variant"] == 1
            )
        return
    copy_out = snapshots._rows_of
    made = []

    def interrupted(connection, table, columns):
        if not made:
            made.append(make_variant(stock=1))
        return copy_out(connection, table, columns)

    monkeypatch.setattr(snapshots, "_rows_of", interrupted)
    assert snapshots.take_database(tmp_path)["variant"] == 1
