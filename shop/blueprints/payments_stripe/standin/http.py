"""The stand-in's end of the official client: in the place of its HTTP connection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stripe import HTTPClient

from shop.blueprints.payments_stripe.standin import api
from shop.core.secrets.tokens import random_token


class StandInHTTPClient(HTTPClient):
    """Answers from our own database what Stripe would answer; nothing leaves the machine."""

    name = "bookstall-standin"

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        """Answer a request."""
        form = post_data.decode() if isinstance(post_data, bytes) else post_data or ""
        given = api.answer_request(method, url, headers or {}, form)
        sent = {"request-id": f"req_{random_token()}"}
        if given.is_replayed:
            sent["idempotent-replayed"] = "true"
        return given.text, given.status, sent

    def close(self) -> None:
        """Nothing is open."""
