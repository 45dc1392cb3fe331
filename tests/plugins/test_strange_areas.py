"""What strangers break beside pages and money: each area goes on, or refuses in words, and nothing is left of it."""

from __future__ import annotations

import threading
import time
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import count, repeat
from types import SimpleNamespace

import pytest
from click.testing import CliRunner
from flask import Blueprint, Response
from flask_babel import LazyString
from sqlalchemy import inspect, select, text

from shop.blueprints.articles.bodies import Audience, GateFailed, audience_of
from shop.blueprints.exporters.parts import of_plugins
from shop.blueprints.importers import cli as importing
from shop.blueprints.importers.runs import working
from shop.blueprints.search import cli as searching
from shop.blueprints.search.finding import look_for, thumbnails_of
from shop.core import database, events, jobs, search, settings
from shop.core.app_state import app_state
from shop.core.errors import Refused
from shop.core.jobs import Job
from shop.core.pages import page_cache
from shop.core.settings import SettingRow, setting
from shop.core.unit_of_work import purge, unit_of_work
from shop.extensions import db
from shop.plugins import registry
from shop.plugins.api import (
    ArticleGate,
    ExportPart,
    Importer,
    ImportReport,
    MailTransportKind,
    SearchDocument,
    SearchEngine,
    SearchSource,
    Subscriber,
)
from shop.plugins.guard import hurrying
from shop.plugins.guard.health import MOST_HOSTS, asked_hosts, health_book
from shop.plugins.installed import migrations
from shop.plugins.manager import PluginError, collect
from shop.plugins.starting.inspection import wrong_with_item, wrong_with_plugin
from shop.plugins.starting.safe_texts import make_texts_safe
from shop.plugins.types import Plugin
from tests import controls
from tests.factories.accounts import make_account, sign_in
from tests.factories.articles import make_article
from tests.plugins.test_starting import plugin
from tests.plugins.test_strange_failures import NOW, Beyond, Happened, give, raises
from tests.plugins.test_ways_out import known, told, transport_of

__all__ = ["give"]
UNREADABLE = LazyString(raises(ValueError("no words")))


def gate(lets_in, context=dict, *, name="strange", label="Members"):
    made = ArticleGate(name, label, lets_in, "cart/refused.html", context)
    make_texts_safe(made, "strange", "article_gates")
    return made


def test_a_gate_lets_in_by_true_alone_and_keeps_nobody_waiting(app, client, give, monkeypatch):
    monkeypatch.setattr(hurrying, "PATIENCE", 0.0)
    monkeypatch.setitem(hurrying.LONGER_PATIENCE, "article_gates", hurrying.UNHURRIED)
    over, waited = threading.Event(), []
    hangs = gate(
        raises(Beyond()), lambda _: waited.append(over.wait(60)), name="hangs", label=UNREADABLE
    )
    give("article_gates", gate(lambda *_: True), hangs)
    article = make_article(slug="birds", body="Beginning.\n\nSecret.", gate="strange")
    assert audience_of(article, None) is Audience.LET_IN
    for answer in (None, 1, "yes", [True]):
        give("article_gates", gate(lambda *_, answer=answer: answer))
        assert audience_of(article, None) is Audience.EVERYONE
    monkeypatch.setitem(hurrying.LONGER_PATIENCE, "article_gates", 0.02)
    other = make_article(slug="bees", body="Beginning.\n\nSecret.", gate="hangs")
    with pytest.raises(GateFailed):
        audience_of(other, None)
    place = registry().owners.place_of(hangs, "article_gates")
    for is_known in (False, True):  # a call that hangs is under way, in a thread of another page
        if is_known:
            health_book().quick.add(place)
            monkeypatch.setitem(health_book()._under_way, place, time.perf_counter() - 2)
        page = client.get("/articles/bees")
        assert "Beginning." in page.text
        assert "Secret." not in page.text
        assert "public" not in page.headers["Cache-Control"]
        assert not waited, "the page has waited for it"
    over.set()
    editor = sign_in(app.test_client(), make_account("editor"))
    form = editor.get(f"/admin/articles/{other.id}").text
    assert '<option selected value="hangs">hangs</option>' in form


def documents_at(*urls):
    return lambda: [SearchDocument(url, "Beta", "Words", url) for url in urls]


def endless_documents():
    return (SearchDocument(str(number), "Beta", "Words", f"/{number}") for number in count())


def late_documents():
    threading.Event().wait(0.2)
    return []


def test_a_search_ends_whatever_an_engine_or_a_source_gives(app, give, monkeypatch):
    monkeypatch.setattr(searching, "SECONDS", 0.1)
    source = SearchSource("strange", "Strange", list, pictures=lambda _: {"a": "//elsewhere"})
    monkeypatch.setattr(registry(), "search_sources", [source])
    with unit_of_work():
        search.index("strange", SearchDocument("a", "Alpha", "Words", "/a"))
    taken, silent = [], []
    endless = (taken.append(1) or ("strange", "a") for _ in range(1000))
    wrong_types = [(1, 2)], [("strange", 7)], ["", 7]
    for find in (
        lambda *_: endless,
        raises(Beyond()),
        *(lambda *_, given=given: given for given in wrong_types),
    ):
        engine = SearchEngine("strange", UNREADABLE, find)
        make_texts_safe(engine, "strange", "search_engines")
        give("search_engines", engine)
        outcome = look_for("alpha", limit=5)
        assert [page.key for page in outcome.pages] == ["a"]
        silent.append(outcome.silent)
    assert len(taken) == 5, "no more is taken than is asked for"
    assert silent == ["", *["strange"] * 4]
    assert thumbnails_of(outcome.pages) == {}
    wrong = [documents_at("javascript:alert(1)"), documents_at("/b", "//elsewhere/b")]
    for documents in (*wrong, endless_documents, late_documents):
        monkeypatch.setattr(registry(), "search_sources", [])
        give("search_sources", SearchSource("strange", "Strange", documents))
        ran = CliRunner().invoke(searching.commands, ["rebuild"])
        assert (ran.exit_code, "failed: " in ran.output) == (1, True), ran.output
        assert db.session.scalars(select(search.SearchRow.key)).all() == ["a"]
    with unit_of_work():
        search.index("strange", SearchDocument("c", "Gamma", "Words", "/c"))


@controls.on_sqlite
def test_control_a_search_shows_no_pictures_of_others(app, give, monkeypatch):
    with controls.failing_without("pictures of ours"):
        test_a_search_ends_whatever_an_engine_or_a_source_gives(app, give, monkeypatch)


def commits(_file, _report):
    db.session.add(SettingRow(namespace="left", values={}, changed_at=NOW))
    db.session.commit()


def fills_wrongly(_file, report):
    report.imported, report.refusals = "seven", [object(), "row 1: words"]


WRONG_IMPORTS = [
    (raises(SystemExit(0)), "(SystemExit)"),
    (raises(Beyond()), "(Beyond)"),
    (commits, "(RuntimeError)"),
    (fills_wrongly, "(TypeError)"),
]


def test_an_import_or_an_export_that_is_wrong_says_so_and_holds_up_nobody(
    app, give, monkeypatch, tmp_path
):
    file = tmp_path / "file"
    file.touch()
    monkeypatch.setattr(working, "_files_of", lambda _run: nullcontext((file, None)))
    for run, said in WRONG_IMPORTS:
        give("importers", Importer("strange", "Strange", run))
        ran = CliRunner().invoke(importing.imports, ["strange", str(file), "--dry-run"])
        assert (ran.exit_code, said in ran.output) == (1, True), ran.output
        begun = SimpleNamespace(importer="strange", given={})
        assert run is commits or said in working._bring_in(begun, ImportReport())
    with pytest.raises(TimeoutError), unit_of_work() as session, database.undone_after(0.05):
        session.add(SettingRow(namespace="left", values={}, changed_at=NOW))
        session.flush()
        threading.Event().wait(0.2)
    assert db.session.get(SettingRow, "left") is None
    monkeypatch.setattr(of_plugins, "MOST_ROWS", 10)
    give("export_parts", ExportPart("strange", "row", lambda: repeat({"n": 1}), bool))
    archive = SimpleNamespace(add_lines=lambda _name, rows: len(list(rows)))
    with pytest.raises(Refused, match="more than 10 things"):
        of_plugins.write_parts(archive, print)


@dataclass(frozen=True)
class OddSettings:
    number: int = setting(1, "Number", check=lambda value: 1 / (value - 3))
    word: str = setting("a", "Word")
    words: tuple[str, ...] = setting((), "Words")

    def __post_init__(self):
        if (self.number, self.word) == (2, "b"):
            raise ValueError("not together")


@dataclass
class OpenSettings:
    number: int = setting(1, "Number")


@dataclass(frozen=True)
class UnreadableSettings:
    number: int = setting(1, UNREADABLE, choices=(("1", UNREADABLE),))


def test_what_a_plugin_can_not_say_is_called_by_its_name():
    gates = [ArticleGate("strange", UNREADABLE, bool, "x.html", dict)]
    about = Plugin("odd", UNREADABLE, settings=UnreadableSettings)
    found = collect([plugin("odd", about, article_gates=gates)])
    field = settings.fields_of(UnreadableSettings)[0]
    said = [found.plugins[0].title, found.article_gates[0].label, field.label, field.choices[0][1]]
    assert [str(each) for each in said] == ["odd", "strange", "number", "number"]


def test_control_what_a_plugin_can_not_say_is_called_by_its_name():
    with controls.without("texts are safe"), pytest.raises(ValueError, match="no words"):
        test_what_a_plugin_can_not_say_is_called_by_its_name()


def test_settings_hold_whatever_is_stored_and_refuse_in_words(app, monkeypatch):
    known_settings = app_state().settings
    monkeypatch.setitem(known_settings.types, "odd", OddSettings)
    monkeypatch.setitem(known_settings._names, OddSettings, "odd")
    found = []
    for stored in ({"number": "seven", "word": "b", "gone": 1}, {"number": 2, "word": "b"}):
        with unit_of_work() as session:
            session.merge(SettingRow(namespace="odd", values=stored, changed_at=NOW))
            purge("settings:odd")
        found.append(settings.current(OddSettings))
    assert found == [OddSettings(1, "b"), OddSettings(1, "a")]
    for values in ({"number": 3}, {"number": 2}):
        with pytest.raises(Refused, match="wrong type of value"), unit_of_work():
            settings.change(OddSettings, values)
    for longest in ({"word": "x" * 10_000_000}, {"words": ("x" * 60_000, "y" * 60_000)}):
        with pytest.raises(Refused, match="at most 100000"), unit_of_work():
            settings.change(OddSettings, longest)
    assert "frozen=True" in wrong_with_plugin(Plugin("odd", "Odd", settings=OpenSettings))


VERSION = """
import sqlalchemy as sa
from alembic import op

revision, down_revision = "{revision}", None


def upgrade():
    op.create_table("plugin_{name}_thing", sa.Column("id", sa.Integer, primary_key=True))
    {more}


def downgrade():
    op.drop_table("plugin_{name}_thing")
"""
WRONG_MIGRATIONS = {
    "op.execute('SELECT a FROM nowhere')": "nowhere",
    "op.drop_table('mail_turn')": "not its own: mail_turn",
    "op.add_column('mail_turn', sa.Column('more', sa.Integer))": "not its own: mail_turn",
    "op.execute('UPDATE alembic_version SET version_num = 7')": "not its own: alembic_version",
}


def test_a_migration_that_fails_or_touches_tables_of_others_leaves_nothing(
    app, monkeypatch, tmp_path
):
    def versions(name, more="", *, revision="a"):
        folder = tmp_path / f"{name}{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        told = VERSION.format(name=name, more=more, revision=f"{name}_{revision}")
        (folder / f"{revision}.py").write_text(told)
        return name, folder

    def refusal(*of):
        monkeypatch.setattr(registry(), "migrations", of)
        db.session.remove()
        with pytest.raises(PluginError, match="'strange': its tables stay as they were") as raised:
            migrations.upgrade_plugins()
        assert migrations.plugins_behind() == ["strange"]
        return str(raised.value)

    before = set(inspect(db.engine).get_table_names())
    for more, said in WRONG_MIGRATIONS.items():
        assert said in refusal(versions("strange", more))
    steps = versions("strange")
    second = VERSION.format(name="strange_more", more="raise SystemExit(0)", revision="strange_b")
    (steps[1] / "b.py").write_text(second.replace("None", '"strange_a"', 1))
    assert "SystemExit" in refusal(steps)
    assert set(inspect(db.engine).get_table_names()) - before <= {"alembic_version_strange"}
    two = versions("strange")
    (two[1] / "b.py").write_text(VERSION.format(name="strange", more="", revision="strange_b"))
    well = versions("well")
    try:
        assert "Multiple head" in refusal(two, well)
        left = set(inspect(db.engine).get_table_names()) - before
        assert left == {"plugin_well_thing", "alembic_version_well"}
    finally:
        migrations.undo_plugin("well")
        with db.engine.begin() as connection:
            connection.execute(text("DROP TABLE alembic_version_well"))
            connection.execute(text("DROP TABLE IF EXISTS alembic_version_strange"))


def test_a_job_that_can_not_be_written_down_takes_no_fact_with_it(app, monkeypatch):
    subscribers = [
        Subscriber(
            f"strange.{number}", Happened, lambda _, it=it: jobs.enqueue(*it), is_at_once=True
        )
        for number, it in enumerate([("x", {"it": object()}), ("x" * 200, {"it": {1, 2}})])
    ]
    monkeypatch.setattr(app_state(), "subscribers", {Happened: subscribers})
    with unit_of_work() as session:
        session.add(SettingRow(namespace="ours", values={}, changed_at=NOW))
        events.publish(Happened())
    assert db.session.get(SettingRow, "ours") is not None
    assert {job.kind for job in db.session.scalars(select(Job))} == {
        "event:strange.0",
        "event:strange.1",
    }


def test_a_file_elsewhere_is_no_static_file_and_a_stream_is_not_kept(app, tmp_path):
    pages = Blueprint("strange", __name__, static_folder=str(tmp_path))
    (tmp_path / "well.css").touch()
    (tmp_path / "same.css").symlink_to(tmp_path / "well.css")
    assert wrong_with_item("blueprints", pages) == ""
    (tmp_path / "key").symlink_to("/etc/hostname")
    assert "is a link out of its folder" in wrong_with_item("blueprints", pages)
    for body, is_kept in ((repeat(b"x"), False), ([b"x"], True)):
        with app.test_request_context("/"):
            page_cache.public_page("strange")
            marked = page_cache.mark(Response(body))
            assert ("public" in marked.headers["Cache-Control"]) is is_kept


def test_of_the_hosts_that_a_plugin_asks_the_last_ones_are_kept(app, monkeypatch):
    book = health_book()
    monkeypatch.setattr(type(book), "_write_behind", lambda *_, **_named: None)
    for number in range(MOST_HOSTS + 5):
        book.asks("strange", f"{number}.example")
        if number >= MOST_HOSTS - 1:
            book.write()
    kept = asked_hosts()["strange"]
    assert kept[0] == f"{MOST_HOSTS + 4}.example"
    assert len(kept) == MOST_HOSTS


def test_a_way_out_that_ends_the_process_stops_the_start_in_words(tmp_path):
    kind = MailTransportKind("courier", raises(SystemExit(0)))
    with pytest.raises(PluginError, match="'marginalia': mail_transports failed: SystemExit"):
        transport_of(told("courier://K@eu", tmp_path), known(kind))
