"""Which Stripe we talk to: the real one where a key is configured, else the stand-in."""

from __future__ import annotations

from shop.core.app_state import app_state
from shop.core.secrets.tokens import fingerprint
from shop.core.web.hosts import is_for_this_machine_alone

NAME = "stripe"
STAND_IN_KEY = "sk_test_standin"
STAND_IN_PREFIX = "cs_test_standin"


def is_stand_in() -> bool:
    """Whether no money can move here, because no key of Stripe is configured."""
    return not app_state().config.stripe_secret_key


def is_stand_in_open() -> bool:
    """Whether test payments may be made: on this machine alone, or where the environment asks for them."""
    config = app_state().config
    return is_stand_in() and (config.test_payments or is_for_this_machine_alone(config))


def secret_key() -> str:
    """The key that the client sends."""
    return app_state().config.stripe_secret_key or STAND_IN_KEY


def webhook_secret() -> str:
    """What webhooks are signed with: configured, or for the stand-in derived from the site's own key."""
    if is_stand_in():
        return f"whsec_{fingerprint('payments_stripe.standin', 'webhook')}"
    return app_state().config.stripe_webhook_secret


def is_of_other_world(reference: str) -> bool:
    """Whether a payment was started with the stand-in, and this site takes real money now."""
    return reference.startswith(STAND_IN_PREFIX) and not is_stand_in()
