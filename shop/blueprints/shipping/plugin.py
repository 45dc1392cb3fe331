"""What this feature contributes."""

from __future__ import annotations

from shop.blueprints.shipping import models  # noqa: F401
from shop.plugins.api import Plugin

PLUGIN = Plugin(name="shipping", title="Shipping rates", requires=("checkout",))
