"""Against Stripe's own test mode, when a key of it is given; without one nothing here is collected."""

from __future__ import annotations

import os

KEY = os.environ.get("SHOP_STRIPE_SECRET_KEY", "")
if KEY and not KEY.startswith(("sk_test_", "rk_test_")):
    raise SystemExit(
        "tests/payments_stripe/for_real takes a key of Stripe's test mode only: sk_test_..."
    )
collect_ignore_glob = [] if KEY else ["test_*.py"]
