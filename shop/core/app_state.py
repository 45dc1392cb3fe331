"""What one application holds while it runs: its configuration, jobs, mail, settings and what it remembers.

Two applications in one process share nothing of this. Everything is typed and has a name here; nothing else is kept in
`app.extensions` by us. What the floors above core hold for themselves is found by its class (`AppState.part`), so that
core need not know it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from flask import current_app
from flask.sansio.app import App

if TYPE_CHECKING:  # these modules ask for the state themselves
    from shop.config import Config
    from shop.core.changes.purge import PurgeBoard
    from shop.core.changes.remembered import Answer
    from shop.core.events import SubscriberTable
    from shop.core.files.storage import Store
    from shop.core.jobs import JobRegistry
    from shop.core.mail import MailSystem
    from shop.core.settings import SettingsRegistry
    from shop.core.web.assets import Assets

T = TypeVar("T")

_KEY = "bookstall"


@dataclass(slots=True)
class AppState:
    """One for each application, made by `create_app`. Tests may put another object into any field."""

    config: Config
    purge_board: PurgeBoard
    assets: Assets
    settings: SettingsRegistry
    jobs: JobRegistry
    subscribers: SubscriberTable
    mail: MailSystem
    files: Store
    answers: dict[str, Answer] = field(default_factory=dict)
    """What `remembered` keeps, by tag."""
    _parts: dict[type[Any], Any] = field(default_factory=dict)

    def add(self, part: object) -> None:
        """Hold an object for a floor above core. One a class; a second takes the place of the first."""
        self._parts[type(part)] = part

    def part(self, kind: type[T], make: Callable[[], T] | None = None) -> T:
        """The held object of exactly this class; without one, what `make` returns is held from now on.

        Raises:
            KeyError: there is none, and no `make`.
        """
        found: T | None = self._parts.get(kind)
        if found is None:
            if make is None:
                raise KeyError(kind)
            found = self._parts.setdefault(kind, make())
        return found


def hold(app: App, state: AppState) -> None:
    """Give an application its state."""
    app.extensions[_KEY] = state


def state_of(app: App) -> AppState:
    """What this application holds."""
    state: AppState = app.extensions[_KEY]
    return state


def app_state() -> AppState:
    """What the present application holds."""
    # Past the proxy, which takes five calls for each attribute: a page asks a hundred times.
    state: AppState = current_app._get_current_object().extensions[_KEY]  # type: ignore[attr-defined]  # noqa: SLF001
    return state
