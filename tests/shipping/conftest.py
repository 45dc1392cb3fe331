"""The till of the tests of discounts."""

from __future__ import annotations

from tests.discounts.conftest import till

__all__ = ["till"]
