"""A site with membership, for its tests."""

import pytest


@pytest.fixture(scope="session")
def plugins() -> tuple[str, ...]:
    """What the site is started with."""
    return ("membership",)
