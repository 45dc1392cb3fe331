"""How a check says that something is wrong."""

from __future__ import annotations

from shop.core.errors import ShopError


class Unwell(ShopError):
    """Something is wrong. The words are fit for strangers: no address of a server, no path."""
