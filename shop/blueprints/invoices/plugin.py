"""What this feature contributes."""

from __future__ import annotations

from shop.blueprints.invoices import models
from shop.plugins.api import Plugin

__all__ = ["models"]

PLUGIN = Plugin(name="invoices", title="Invoices", requires=("orders",))
