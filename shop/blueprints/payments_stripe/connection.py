"""The official client, imported when it is first needed: it takes a third of a second that a start should not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shop.blueprints.payments_stripe import keys
from shop.core.app_state import app_state

if TYPE_CHECKING:
    from requests import Session
    from stripe import HTTPClient, StripeClient

TIMEOUT_SECONDS = 8
RETRIES = 1


class _Clients(dict[str, "StripeClient"]):
    """Those of one application, by key."""


def client() -> StripeClient:
    """One client an application and key; safe for threads."""
    made = app_state().part(_Clients, _Clients)
    key = keys.secret_key()
    if key not in made:
        import stripe

        stripe.enable_telemetry = False
        made[key] = stripe.StripeClient(
            key, http_client=_http_client(), max_network_retries=RETRIES
        )
    return made[key]


def _http_client() -> HTTPClient:
    if keys.is_stand_in():
        from shop.blueprints.payments_stripe.standin.http import StandInHTTPClient

        return StandInHTTPClient()
    from stripe import RequestsClient

    return RequestsClient(timeout=TIMEOUT_SECONDS, session=_straight_session())


def _straight_session() -> Session:
    """Follows no redirect: nobody but Stripe's own server is to hear the key."""
    import requests

    session = requests.Session()
    session.max_redirects = 0
    return session
