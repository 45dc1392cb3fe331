"""What this feature contributes."""

from __future__ import annotations

from shop.plugins.api import Plugin

PLUGIN = Plugin(name="invoices", title="Invoices", requires=("orders",))
