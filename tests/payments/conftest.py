"""A provider that says what it is told to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from shop.plugins import registry
from tests.factories.orders import Till


@pytest.fixture
def till(app: Flask) -> Iterator[Till]:
    """Offered beside whatever else there is."""
    made = Till()
    providers = registry().payment_providers
    providers.append(made)
    yield made
    providers.remove(made)
