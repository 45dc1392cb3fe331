"""A site with something of everything, on which a plugin is tried: an article, something to buy, an order, people."""

from __future__ import annotations

import contextvars
import math
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from shop.app import create_app
from shop.config import Config
from shop.core.app_state import state_of
from shop.core.jobs.running import run_due
from shop.core.secrets.tokens import random_token
from shop.extensions import db
from shop.plugin_tools.contract import said
from shop.plugins.guard import hurrying
from shop.plugins.guard.health import HealthBook
from shop.plugins.manager import Registry

BASE_URL = "http://localhost"
MOST_JOBS = 500
VISITOR, BUYER, OWNER = "a visitor", "a buyer", "the owner"
EMAILS = {OWNER: "owner@example.org", BUYER: "buyer@example.org"}


@dataclass(frozen=True, slots=True)
class Visited:
    """What the site said. `error` is what a view raised."""

    status: int
    text: str
    is_page: bool
    error: BaseException | None = None

    @property
    def words(self) -> str:
        """Why it failed."""
        return f"{self.status}, {said(self.error)}" if self.error is not None else str(self.status)


@dataclass(slots=True)
class TrialSite:
    """A site and its people, each with a browser.

    Attributes:
        known: values that occur in addresses, by the names of arguments.
        pages: who looks at which address of the site's own.
        raised: what views raised while the last page was made.
    """

    app: Flask
    browsers: dict[str, FlaskClient] = field(default_factory=dict)
    known: dict[str, str] = field(default_factory=dict)
    pages: tuple[tuple[str, str], ...] = ()
    raised: list[Exception] = field(default_factory=list)

    def __post_init__(self) -> None:
        answer = self.app.handle_user_exception

        def note(error: Exception) -> Any:
            self.raised.append(error)
            return answer(error)

        self.app.handle_user_exception = note  # type: ignore[assignment, method-assign]

    @property
    def registry(self) -> Registry:
        """What its plugins gave."""
        return state_of(self.app).part(Registry)

    def visit(self, who: str, address: str, method: str = "GET", **given: Any) -> Visited:
        """Ask for a page, in a context of its own as in production."""
        self.raised.clear()
        ask = partial(self.browsers[who].open, address, method=method, buffered=True, **given)
        answer = contextvars.Context().run(ask)
        kind = answer.mimetype or ""
        text = answer.get_data(as_text=True) if kind.startswith("text/") else ""
        return Visited(
            answer.status_code, text, kind == "text/html", self.raised[-1] if self.raised else None
        )

    def run_jobs(self) -> None:
        """Do the work that is due."""
        with self.app.app_context():
            run_due(MOST_JOBS)
            db.session.remove()

    def close(self) -> None:
        """Let go of the database."""
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()


def open_site(folder: Path, url: str, plugins: tuple[str, ...]) -> TrialSite:
    """A site with these plugins, which hears nothing of the environment and asks no other server.

    Raises:
        PluginError: it does not start with them.
    """
    hurrying.wait_as_long_as_it_takes()
    app = create_app(
        Config(
            data_dir=folder,
            front_dir=None,
            database_url=url,
            files_url="",
            secret_key=random_token(),
            secret_key_previous=(),
            base_url=BASE_URL,
            valkey_url="",
            allowed_hosts=(),
            private_hosts=(),
            smtp_url=(folder / "mail").as_uri(),
            stripe_secret_key="",
            stripe_webhook_secret="",
            plugins=plugins,
            features_off=(),
            safe_mode=False,
            trusted_proxies=0,
            access_log=False,
            debug=False,
        )
    )
    state_of(app).add(HealthBook(failures_every=math.inf, times_every=math.inf))
    return TrialSite(app)
