"""`shop import` knows every importer, those of other plugins too."""

from __future__ import annotations

from pathlib import Path

import pytest
from click import Option
from click.testing import CliRunner
from flask import Flask

from shop import cli
from shop.core.errors import Refused
from shop.plugins import registry
from shop.plugins.api import Importer, ImportReport
from shop.plugins.starting.inspection import wrong_with_item
from tests import controls
from tests.importers.conftest import Import


def run_lines(file: Path, report: ImportReport, *, greeting: str) -> None:
    for line in file.read_text(encoding="utf-8").splitlines():
        if line == "bad":
            report.refuse(line, "it is bad")
        elif line == "no":
            raise Refused("This is no such file.")
        else:
            report.accept(is_new=line == "new")
    report.note("all", greeting)


@pytest.fixture
def lines(app: Flask) -> None:
    importer = Importer(
        "lines", "A file of lines", run_lines, (Option(["--greeting"], default=""),)
    )
    registry().importers.append(importer)
    yield
    registry().importers.remove(importer)


def test_an_importer_of_a_plugin_is_a_command_with_its_options(
    lines: None, bring_in: Import, tmp_path: Path
) -> None:
    file = tmp_path / "lines"
    file.write_text("new\nold\nbad\n", encoding="utf-8")
    result = bring_in("lines", file, "--greeting", "hello")
    assert result.output == (
        "note     all: hello\nrefused  bad: it is bad\nread 3, imported 1, unchanged 1, refused 1\n"
    )


def test_a_file_that_is_refused_ends_with_one_line_and_an_error(
    lines: None, bring_in: Import, tmp_path: Path
) -> None:
    file = tmp_path / "lines"
    file.write_text("no", encoding="utf-8")
    result = bring_in("lines", file)
    assert (result.exit_code, result.output) == (1, "Error: This is no such file.\n")


@controls.on_sqlite
def test_every_importer_that_is_offered_is_there_when_it_is_asked_for(app: Flask) -> None:
    shipped = {
        each.name: [option.name for option in each.parameters] for each in registry().importers
    }
    assert len(shipped) >= 19
    assert [name for name, options in shipped.items() if "max_mb" not in options] == []


def test_options_can_be_given_late() -> None:
    greeting = Option(["--greeting"])
    given, late = (
        Importer("lines", "Lines", run_lines, options)
        for options in ((greeting,), lambda: (greeting,))
    )
    assert given.parameters == late.parameters == (greeting,)
    assert wrong_with_item("importers", late) == ""


def test_the_help_names_every_importer(app: Flask, lines: None) -> None:
    text = CliRunner().invoke(cli.commands(app), ["import", "--help"]).output
    for name in ("wordpress", "shopify", "text", "lines"):
        assert name in text


def test_a_file_that_is_not_there_is_named(bring_in: Import, tmp_path: Path) -> None:
    result = bring_in("text", tmp_path / "absent", "--title", "A")
    assert result.exit_code == 2
    assert "does not exist" in result.output
