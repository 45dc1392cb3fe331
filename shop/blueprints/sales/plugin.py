"""What this feature contributes."""

from __future__ import annotations

from shop.blueprints.sales import models
from shop.plugins.api import Plugin

__all__ = ["models"]

PLUGIN = Plugin(name="sales", title="Sales", requires=("orders",))
