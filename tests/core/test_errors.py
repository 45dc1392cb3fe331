"""What services raise."""

from __future__ import annotations

import pytest

from shop.core.errors import NotFound, or_404


def test_what_is_there_is_given_back():
    assert or_404("tea") == "tea"
    assert or_404(0) == 0


def test_what_is_not_there_is_not_found():
    with pytest.raises(NotFound):
        or_404(None)
