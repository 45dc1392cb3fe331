"""Which hosts plugins ask: who calls `fetch` is told by the package that the call comes from."""

from __future__ import annotations

import sys
from types import FrameType

from flask import has_app_context

from shop.core.app_state import app_state
from shop.core.web import outgoing
from shop.plugins.guard.health import health_book
from shop.plugins.manager import Registry


def note_host(host: str) -> None:
    """Count a request to a host for the plugin that makes it; those of the site itself are not counted."""
    if has_app_context() and (plugin := _plugin_that_calls()):
        health_book().asks(plugin, host)


def _plugin_that_calls() -> str:
    packages = app_state().part(Registry).packages
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - who calls is known nowhere else
    while frame is not None:
        package = str(frame.f_globals.get("__name__")).partition(".")[0]
        if package in packages:
            return packages[package]
        frame = frame.f_back
    return ""


def listen() -> None:
    """Hear of each request, from now on."""
    if note_host not in outgoing.heard_by:
        outgoing.heard_by.append(note_host)
