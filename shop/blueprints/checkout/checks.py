"""The checks of an order before anything is placed. A check that fails refuses the order."""

from __future__ import annotations

from functools import partial

from flask_babel import gettext as _

from shop.blueprints.cart.quote import Quote
from shop.plugins import PluginFailed, attempted, fitting, registry
from shop.plugins.api import CheckoutCheck, Refusal, Refused


def run(email: str, quote: Quote) -> None:
    """Ask every check.

    Raises:
        Refused: one says no, or failed: nothing is sold on an error.
    """
    for check in registry().checkout_checks:
        try:
            refusal = attempted("checkout_checks", check, partial(_answer, check, email, quote))
        except PluginFailed as error:
            raise Refused(
                _("We can’t take your order at the moment. Please try again in a few minutes.")
            ) from error
        if refusal is not None:
            raise Refused(str(refusal.message))


def _answer(check: CheckoutCheck, email: str, quote: Quote) -> Refusal | None:
    """None when all is well; anything that is neither that nor a refusal fails."""
    said = check.check(email=email, total_minor=quote.total_minor, currency=quote.currency)
    return None if said is None else fitting(said, Refusal)
