"""The commands of who runs a site do what their options say. Processes of them run in `bench.soak`."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from shop import cli, serving, templating
from shop.core.jobs import Lane
from tests import controls


class Started(list[tuple[object, ...]]):
    """Stands for the runner of jobs and for the listener: notes what was started."""

    def __call__(self, *_given: object, **options: object) -> SimpleNamespace:
        return SimpleNamespace(
            start=lambda: self.append(tuple(options.values())), stop=lambda **_within: None
        )


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Started:
    runners = Started()
    monkeypatch.setattr(cli, "EmbeddedRunner", runners)
    monkeypatch.setattr(serving, "EmbeddedRunner", runners)
    for module in (cli, serving):
        monkeypatch.setattr(module, "Listener", Started())
    return runners


def shop(app: Flask, *words: str) -> Result:
    return CliRunner().invoke(cli.commands(app), words, obj=app)


@controls.on_sqlite
@pytest.mark.parametrize(
    ("words", "lanes", "threads"),
    [((), tuple(Lane), 1), (("--queues", "money, mail", "--threads", "4"), ("money", "mail"), 4)],
)
def test_a_worker_runs_the_lanes_that_it_is_told_with_so_many_threads(
    app, started, monkeypatch, words, lanes, threads
):
    monkeypatch.setattr(cli.signal, "signal", lambda *_: None)
    monkeypatch.setattr(cli.threading.Event, "wait", lambda _event: True)
    assert shop(app, "worker", *words).exit_code == 0
    assert started == [(lanes, threads, templating.compile_mails)]


@controls.on_sqlite
def test_a_worker_refuses_a_lane_that_there_is_not(app, started):
    refused = shop(app, "worker", "--queues", "money,post")
    assert (refused.exit_code, started) == (2, [])
    assert "choose from money, mail" in refused.output


def test_a_new_plugin_is_written_without_a_site(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(cli.sys, "argv", ["shop", "plugins", "new", "hello"])
    monkeypatch.setattr(cli, "create_app", lambda: pytest.fail("a site was made"))
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 0
    assert [each.name for each in tmp_path.iterdir()] == ["bookstall-hello"]


@pytest.mark.parametrize(
    ("words", "makes_it"),
    [
        ([], False),
        (["--help"], False),
        (["run", "--help"], False),
        (["plugins", "check", "hello"], False),
        (["plugins", "list"], False),
        (["plugins", "purge", "hello"], True),
        (["run", "--check"], True),
    ],
)
def test_only_a_command_that_needs_data_makes_a_folder_for_it(
    tmp_path, monkeypatch, words, makes_it
):
    class Started(Exception):
        pass

    def start(boot):
        boot.make_data_dir()
        raise Started

    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SHOP_DATA_DIR", raising=False)
    monkeypatch.setattr(cli.sys, "argv", ["shop", *words])
    monkeypatch.setattr(cli, "create_app", start)
    with pytest.raises(Started):
        cli.main()
    assert list(tmp_path.iterdir()) == ([tmp_path / "instance"] if makes_it else [])


def test_a_site_is_restarted_by_code_that_can_make_none(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(cli, "create_app", lambda: pytest.fail("an application was made"))
    monkeypatch.setattr(cli.sys, "argv", ["shop", "restart", "--port", "8003"])
    monkeypatch.setenv("SHOP_DATA_DIR", str(tmp_path))
    asked = []
    monkeypatch.setattr(cli.supervisor, "restart", lambda status: asked.append(status) or 2)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert (ended.value.code, asked) == (0, [serving.status_file(tmp_path, 8003)])
    assert "Restarted, with 2 processes" in capsys.readouterr().out


@controls.on_sqlite
@pytest.mark.parametrize(
    ("words", "handover"), [((), None), (("--no-jobs",), cli.supervisor.Handover(3, [], 1))]
)
def test_pages_are_served_with_jobs_beside_them_or_without(
    app, started, monkeypatch, words, handover
):
    for name, value in ((serving.NO_JOBS, "0"), ("SHOP_BASE_URL", "http://127.0.0.1:8000")):
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(cli.migrations, "is_current", lambda: True)
    monkeypatch.setattr(serving, "open_socket", lambda *_: None)
    monkeypatch.setattr(cli.supervisor.Handover, "taken", lambda: handover)
    prepared = []
    monkeypatch.setattr(
        serving, "prepare_site", lambda _app, at_leisure: prepared.append(at_leisure)
    )
    monkeypatch.setattr(serving, "_prepared", app)
    monkeypatch.setattr("shop.core.pages.cache.PageCache.make_behind", lambda *_: None)
    monkeypatch.setattr(serving.WarmUp, "begin", lambda *_: None)
    monkeypatch.setattr(serving, "serve", lambda *_given, **_options: serving.application())
    assert shop(app, "run", *words).exit_code == 0
    assert len(started) == (0 if words else 1)
    assert prepared == [handover is not None]  # at leisure, while others serve


@controls.on_sqlite
def test_files_are_moved_and_one_that_differs_there_is_named(app, tmp_path: Path):
    here, there = tmp_path / "here", tmp_path / "there"
    (here / "ab").mkdir(parents=True)
    (here / "ab" / "one").write_bytes(b"one")
    command = ("files", "move", "--from", str(here), "--to", str(there))
    assert "1 files are there, each as it is here" in shop(app, *command).output
    (there / "ab" / "one").write_bytes(b"another")
    moved = shop(app, *command)
    assert moved.exit_code == 1
    assert "differs: ab/one" in moved.output
