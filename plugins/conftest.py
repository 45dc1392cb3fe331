"""The tests of our own packages as a part of the whole suite: one site with all of them, on each database in turn."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest
from flask import Flask

from shop.app import create_app
from shop.config import Config
from shop.extensions import db, limiter
from shop.plugins import manager
from shop.plugins.guard import hurrying
from shop.plugins.installed import migrations

pytest_plugins = ["tests.servers", "shop.plugins.testing"]

PACKAGES = sorted(path.parent for path in Path(__file__).parent.glob("*/pyproject.toml"))
sys.path.extend(map(str, PACKAGES))


def entry_points() -> dict[str, ModuleType]:
    """The plugin modules of all packages, as pip would make them known."""
    named: dict[str, str] = {}
    for package in PACKAGES:
        project = tomllib.loads((package / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        named |= project["entry-points"]["shop.plugins"]
    return {name: import_module(module) for name, module in named.items()}


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def made_site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Flask]:
    """The site that `shop.plugins.testing` would make for one plugin alone."""
    # Plugins of pytest, which have to be loaded as such first.
    from shop.plugins.testing import Browser
    from tests import data_folders

    hurrying.wait_as_long_as_it_takes()
    folder, found = tmp_path_factory.mktemp("site"), entry_points()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manager, "installed", lambda names: [found[name] for name in names])
        was_on, limiter.enabled = limiter.enabled, True  # else it would not bind to this site
        site = create_app(
            Config(
                data_dir=folder,
                database_url=data_folders.made(request.param, folder),
                base_url="http://localhost",
                secret_key="a key for tests only",  # noqa: S106
                plugins=tuple(found),
            )
        )
        limiter.enabled = was_on
    site.testing = True
    site.test_client_class = Browser
    with site.app_context():
        migrations.upgrade_plugins()
    yield site
    with site.app_context():
        db.engine.dispose()
