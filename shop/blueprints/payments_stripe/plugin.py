"""What this feature contributes."""

from __future__ import annotations

from shop.plugins.api import Plugin

PLUGIN = Plugin(name="payments_stripe", title="Stripe", requires=("checkout",))
