"""Running `shop import` inside the test's application."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from shop import cli
from shop.extensions import db

Import = Callable[..., Result]


@pytest.fixture
def bring_in(app: Flask) -> Import:
    """`bring_in("wordpress", path, "--dry-run")`; a crash fails the test."""

    def run(name: str, path: Path, *options: str) -> Result:
        result = CliRunner().invoke(
            cli.commands(app),
            ["import", name, str(path), *options],
            obj=app,
            catch_exceptions=False,
        )
        db.session.rollback()
        return result

    return run
