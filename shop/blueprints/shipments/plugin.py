"""What shipments contribute."""

from __future__ import annotations

from shop.blueprints.shipments import models  # noqa: F401 - its tables
from shop.plugins.api import Plugin

PLUGIN = Plugin(name="shipments", title="Shipments", requires=("orders",))
