"""Where providers send us messages: `/webhooks/<provider>`."""

from __future__ import annotations

import structlog
from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from shop.blueprints.payments.webhooks import receiving
from shop.plugins.api import WebhookForged, cross_site_allowed

bp = Blueprint("webhooks", __name__)
log = structlog.get_logger(__name__)

MOST_BYTES = 256 * 1024
PLAIN = {"Content-Type": "text/plain; charset=utf-8"}


@bp.post("/webhooks/<provider>")
@cross_site_allowed
def receive(provider: str) -> ResponseReturnValue:
    """Store a genuine message and answer at once. What we can't store is answered 5xx, so that it comes again."""
    request.max_content_length = MOST_BYTES
    body = request.get_data(cache=False)
    try:
        receiving.receive(provider, body, dict(request.headers.items()))
    except WebhookForged as error:
        log.warning("webhook.forged", provider=provider, error=str(error))
        return "forged\n", 400, PLAIN
    return "ok\n", 200, PLAIN
