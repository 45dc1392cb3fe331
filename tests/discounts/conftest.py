"""One way to pay, which says what it is told to."""

from __future__ import annotations

import pytest
from flask import Flask

from shop.plugins import registry
from tests.factories.orders import Till


@pytest.fixture
def till(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Till:
    """The only way to pay."""
    made = Till()
    monkeypatch.setattr(registry(), "payment_providers", [made])
    return made
