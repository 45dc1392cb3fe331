"""What this feature contributes."""

from __future__ import annotations

from shop.blueprints.payments_stripe.standin import models as models  # its tables
from shop.plugins.api import Plugin

PLUGIN = Plugin(name="payments_stripe", title="Stripe", requires=("checkout",))
