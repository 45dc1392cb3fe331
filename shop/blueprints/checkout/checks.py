"""The checks of an order before anything is placed. A check that fails refuses the order."""

from __future__ import annotations

import structlog
from flask_babel import gettext as _

from shop.blueprints.cart.quote import Quote
from shop.core.errors import Refused
from shop.plugins import registry

log = structlog.get_logger(__name__)


def run(email: str, quote: Quote) -> None:
    """Ask every check.

    Raises:
        Refused: one says no, or failed: nothing is sold on an error.
    """
    for check in registry().checkout_checks:
        try:
            refusal = check.check(
                email=email, total_minor=quote.total_minor, currency=quote.currency
            )
        except Exception as error:
            log.exception("checkout.check_failed", check=check.name)
            raise Refused(
                _("We can’t take your order at the moment. Please try again in a few minutes.")
            ) from error
        if refusal is not None:
            raise Refused(refusal.message)
