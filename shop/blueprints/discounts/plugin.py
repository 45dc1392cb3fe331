"""What this feature contributes."""

from __future__ import annotations

from shop.blueprints.discounts import models  # noqa: F401
from shop.plugins.api import Plugin

PLUGIN = Plugin(name="discounts", title="Discounts", requires=("checkout",))
