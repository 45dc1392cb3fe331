"""A template is compiled once for every process and every start, and never because of what lies on a disk."""

from __future__ import annotations

import errno
import os

import pytest
from click.testing import CliRunner
from jinja2 import DictLoader, Environment

from shop import cli, templating
from shop.templating import CompiledTemplates
from tests import controls

GREETING = "Hello {{ name }}"


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "templates"


@pytest.fixture
def greet(folder, monkeypatch):
    """Render as a process that has just started does; and how many templates it had to compile."""

    def as_a_new_process(source: str = GREETING) -> tuple[str, int]:
        environment = Environment(  # noqa: S701 - there is no page here
            loader=DictLoader({"greeting": source}), bytecode_cache=CompiledTemplates(folder)
        )
        compiled = []
        compile_source = environment.compile

        def counting(*arguments, **options):
            compiled.append(arguments)
            return compile_source(*arguments, **options)

        monkeypatch.setattr(environment, "compile", counting)
        return environment.get_template("greeting").render(name="Ruth"), len(compiled)

    return as_a_new_process


def test_the_next_process_need_not_compile(greet):
    assert greet() == ("Hello Ruth", 1)
    assert greet() == ("Hello Ruth", 0)


def test_a_template_that_changed_is_compiled_again(greet):
    greet()
    assert greet("Goodbye {{ name }}") == ("Goodbye Ruth", 1)


def test_another_version_of_ours_compiles_for_itself(greet, monkeypatch):
    greet()
    monkeypatch.setattr("shop.templating.version", lambda _name: "9.9.9")
    assert greet() == ("Hello Ruth", 1)


def test_what_compiles_elsewhere_compiles_for_itself(greet, monkeypatch):
    """A template that was compiled before names what drew it, and would not find it any more."""
    greet()
    monkeypatch.setattr("shop.templating.fragments.__name__", "shop.fragments")
    assert greet() == ("Hello Ruth", 1)


def test_a_file_that_a_power_cut_left_in_pieces_is_compiled_again(greet, folder):
    greet()
    [kept] = folder.iterdir()
    whole = kept.read_bytes()
    for piece in (
        *(whole[:length] for length in range(0, len(whole), 7)),
        bytes(len(whole)),
        whole[:10] + bytes(90),
    ):
        kept.write_bytes(piece)
        assert greet() == ("Hello Ruth", 1)
    assert greet() == ("Hello Ruth", 0)


def test_a_full_disk_only_costs_time(greet, folder, monkeypatch):
    def full(*_arguments):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("os.replace", full)
    for _ in range(2):
        assert greet() == ("Hello Ruth", 1)
    assert list(folder.iterdir()) == []


@controls.on_sqlite
def test_a_mail_finds_its_templates_compiled(app, folder, monkeypatch):
    monkeypatch.setattr(app.jinja_env, "bytecode_cache", CompiledTemplates(folder))
    monkeypatch.setattr(app.jinja_env, "cache", None)
    templating.compile_mails(app)
    monkeypatch.setattr(app.jinja_env, "compile", lambda *_given: pytest.fail("it was compiled"))
    app.jinja_env.get_template("email/order-confirmation.html")
    app.jinja_env.get_template("email/base.txt")


@controls.on_sqlite
def test_code_that_is_to_serve_next_compiles_its_pages_while_others_serve(app, folder, monkeypatch):
    names = ["missing.html", "_parts/README.md", "cart/show.html"]
    monkeypatch.setattr(app.jinja_env, "list_templates", lambda: names)
    monkeypatch.setattr(app.jinja_env, "bytecode_cache", CompiledTemplates(folder))
    monkeypatch.setattr(cli.migrations, "is_current", lambda: True)
    assert CliRunner().invoke(cli.commands(app), ["run", "--check"], obj=app).exit_code == 0
    assert len(list(folder.iterdir())) == 1
