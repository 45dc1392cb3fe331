"""The till of the tests of payments."""

from __future__ import annotations

from tests.payments.conftest import till

__all__ = ["till"]
