"""What this feature contributes."""

from __future__ import annotations

from shop.blueprints.taxes import models  # noqa: F401
from shop.plugins.api import Plugin

PLUGIN = Plugin(name="taxes", title="Taxes", requires=("checkout",))
