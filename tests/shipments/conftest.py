"""The till of the tests of orders."""

from __future__ import annotations

from tests.orders.conftest import till

__all__ = ["till"]
