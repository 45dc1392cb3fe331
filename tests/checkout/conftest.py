"""The till of the tests of payments, alone or beside others."""

from __future__ import annotations

import pytest

from shop.plugins import registry
from tests.payments.conftest import till

__all__ = ["till"]


@pytest.fixture
def only_till(app, till, monkeypatch):
    """The till is the only payment method."""
    monkeypatch.setattr(registry(), "payment_providers", [till])
    return till
