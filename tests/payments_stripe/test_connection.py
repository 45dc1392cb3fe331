"""How Stripe's server is asked."""

from __future__ import annotations

import pytest
import requests
import stripe
from requests.adapters import BaseAdapter

from shop.blueprints.payments_stripe import connection, keys

ELSEWHERE = "https://evil.example/v1/balance"


class Redirects(BaseAdapter):
    """A server that sends everybody elsewhere, and elsewhere answers; notes who was asked."""

    def __init__(self):
        super().__init__()
        self.asked = []

    def send(self, request, **_):
        self.asked.append(request.url)
        answer = requests.Response()
        answer.request, answer.url = request, request.url
        answer.status_code = 200 if request.url == ELSEWHERE else 307
        answer.headers["Location"] = ELSEWHERE
        answer.raw = _Nothing()
        answer._content = b"{}"
        return answer

    def close(self):
        pass


class _Nothing:
    headers = {}  # noqa: RUF012 - nothing changes it

    def release_conn(self):
        pass


@pytest.fixture
def ask(app, monkeypatch):
    """Ask Stripe for the balance; returns the addresses that were asked."""
    monkeypatch.setattr(keys, "is_stand_in", lambda: False)

    def ask(http_client):
        server = Redirects()
        http_client._session.mount("https://", server)
        client = stripe.StripeClient("sk_test_x", http_client=http_client, max_network_retries=0)
        try:
            client.v1.balance.retrieve()
        except stripe.APIConnectionError:
            server.asked.append("refused")
        return server.asked

    return ask


def test_no_redirect_is_followed_with_stripes_key(ask):
    assert ask(connection._http_client()) == ["https://api.stripe.com/v1/balance", "refused"]


def test_control_without_the_guard_the_redirect_is_followed(ask):
    asked = ask(stripe.RequestsClient(session=requests.Session()))
    assert asked == ["https://api.stripe.com/v1/balance", ELSEWHERE]
