"""The application as benchmarks of writing serve it: without the limits that one busy visitor would meet."""

from __future__ import annotations

from flask import Flask

from shop.app import create_app
from shop.extensions import limiter


def application() -> Flask:
    """An application that lets one address write as much as it likes."""
    limiter.enabled = False
    return create_app()
