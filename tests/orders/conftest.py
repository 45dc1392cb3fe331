"""A provider that says what it is told to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.factories.orders import Till, close_till, open_till


@pytest.fixture
def till(app: Flask) -> Iterator[Till]:
    """Offered beside whatever else there is."""
    made = Till()
    open_till(made)
    yield made
    close_till(made)
