"""The official client, imported when it is first needed: it takes a third of a second that a start should not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import has_request_context

from shop.blueprints.payments_stripe import keys
from shop.core.app_state import app_state

if TYPE_CHECKING:
    from requests import Session
    from stripe import HTTPClient, StripeClient

TIMEOUT_SECONDS = 8
RETRIES = 1
BUYERS_TIMEOUT_SECONDS = 3
"""While somebody waits for the page. Nobody tries twice then: the buyer may."""


class _Clients(dict[tuple[str, bool], "StripeClient"]):
    """Those of one application, by key, and by whether somebody waits."""


def client() -> StripeClient:
    """One client an application and key; safe for threads. While a buyer waits, one that gives up soon."""
    made = app_state().part(_Clients, _Clients)
    kind = keys.secret_key(), has_request_context()
    if kind not in made:
        import stripe

        key, somebody_waits = kind
        stripe.enable_telemetry = False
        made[kind] = stripe.StripeClient(
            key,
            http_client=_http_client(somebody_waits=somebody_waits),
            max_network_retries=0 if somebody_waits else RETRIES,
        )
    return made[kind]


def _http_client(*, somebody_waits: bool = False) -> HTTPClient:
    if keys.is_stand_in():
        from shop.blueprints.payments_stripe.standin.http import StandInHTTPClient

        return StandInHTTPClient()
    if somebody_waits:
        from shop.blueprints.payments_stripe.impatient import ImpatientClient

        return ImpatientClient(timeout=BUYERS_TIMEOUT_SECONDS, session=_straight_session())
    from stripe import RequestsClient

    return RequestsClient(timeout=TIMEOUT_SECONDS, session=_straight_session())


def _straight_session() -> Session:
    """Follows no redirect: nobody but Stripe's own server is to hear the key."""
    import requests

    session = requests.Session()
    session.max_redirects = 0
    return session
