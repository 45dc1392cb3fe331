"""The API: which request is answered by what, once a key, in Stripe's words."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from stripe import params
from stripe.params import checkout as checkout_params

from shop.blueprints.payments_stripe import keys
from shop.blueprints.payments_stripe.standin import billing, checkout, objects, returning, shapes
from shop.blueprints.payments_stripe.standin.errors import ApiError, no_such
from shop.blueprints.payments_stripe.standin.models import StandInObject, StandInRequest
from shop.core import clock
from shop.core.database import upsert
from shop.plugins.api import unit_of_work

Tree = dict[str, Any]


@dataclass(frozen=True, slots=True)
class StandInAnswer:
    """What goes back over the wire."""

    status: int
    text: str
    is_replayed: bool = False


def answer_request(method: str, url: str, headers: Mapping[str, str], form: str) -> StandInAnswer:
    """Answer one request of the client."""
    where = urlsplit(url)
    given = {name.lower(): value for name, value in headers.items()}
    try:
        _authorise(given.get("authorization"))
        shape, act, names = _route(method.upper(), where.path)
        asked = shapes.checked(
            shapes.decoded(form if method.upper() == "POST" else where.query), shape
        )
        if method.upper() == "GET":
            return StandInAnswer(200, json.dumps(act(*names, asked)))
        print_ = hashlib.sha256(f"{where.path}\n{form}".encode()).hexdigest()
        return _once(given.get("idempotency-key"), print_, lambda: act(*names, asked))
    except ApiError as error:
        return StandInAnswer(error.status, json.dumps(error.body))


def _authorise(header: str | None) -> None:
    if header != f"Bearer {keys.STAND_IN_KEY}":
        raise ApiError("Invalid API Key provided.", status=401)


def _once(key: str | None, fingerprint: str, act: Callable[[], Tree]) -> StandInAnswer:
    """Act and keep the answer, in one transaction; what was answered before under the same key is answered again.

    https://docs.stripe.com/api/idempotent_requests: a request that was refused before it did anything is not kept.
    """
    with unit_of_work() as session:
        if key is not None:
            is_new = session.scalar(
                upsert(StandInRequest)
                .values(
                    idempotency_key=key,
                    fingerprint=fingerprint,
                    status=200,
                    answer="",
                    created_at=clock.now(),
                )
                .on_conflict_do_nothing(index_elements=["idempotency_key"])
                .returning(StandInRequest.idempotency_key)
            )
            kept = session.get_one(StandInRequest, key, populate_existing=True)
            if is_new is None:
                if kept.fingerprint != fingerprint:
                    raise ApiError(
                        "Keys for idempotent requests can only be used with the same parameters.",
                        kind="idempotency_error",
                    )
                return StandInAnswer(kept.status, kept.answer, is_replayed=True)
            kept.answer = json.dumps(act())
            return StandInAnswer(200, kept.answer)
        return StandInAnswer(200, json.dumps(act()))


def _retrieve_session(reference: str, asked: Tree) -> Tree:
    session = objects.find_object("session", reference)
    if checkout.is_over(session):
        with unit_of_work():
            session = objects.find_object("session", reference, lock=True)
            if checkout.is_over(session):
                checkout.end_session(session)
            return _expanded(session, asked)
    return _expanded(session, asked)


def _create_session(asked: Tree) -> Tree:
    is_subscription = asked.get("mode") == "subscription"
    return (
        billing.create_subscription_session(asked)
        if is_subscription
        else checkout.create_session(asked)
    )


def _expanded(session: StandInObject, asked: Tree) -> Tree:
    body = dict(session.body)
    if "subscription" in asked.get("expand", []) and body.get("subscription"):
        body["subscription"] = dict(objects.find_object("subscription", body["subscription"]).body)
    if "payment_intent" in asked.get("expand", []) and body["payment_intent"]:
        body["payment_intent"] = dict(
            objects.find_object("payment_intent", body["payment_intent"]).body
        )
    return body


def _list_sessions(asked: Tree) -> Tree:
    intent = objects.find_object("payment_intent", asked["payment_intent"])
    session = objects.find_object("session", intent.parent).body
    found = [dict(session)] if session["payment_intent"] == intent.id else []
    return _list("/v1/checkout/sessions", found)


def _list_charges(asked: Tree) -> Tree:
    found = objects.children(asked["payment_intent"], "charge")
    return _list("/v1/charges", [dict(each.body) for each in reversed(found)])


def _list(url: str, found: list[Tree]) -> Tree:
    return {"object": "list", "url": url, "has_more": False, "data": found}


def _retrieve(kind: str) -> Callable[[str, Tree], Tree]:
    return lambda reference, _asked: dict(objects.find_object(kind, reference).body)


ROUTES: tuple[tuple[str, str, type[Any], Callable[..., Tree]], ...] = (
    ("POST", "/v1/coupons", params.CouponCreateParams, checkout.create_coupon),
    (
        "POST",
        "/v1/checkout/sessions",
        checkout_params.SessionCreateParams,
        _create_session,
    ),
    ("GET", "/v1/checkout/sessions", checkout_params.SessionListParams, _list_sessions),
    (
        "GET",
        "/v1/checkout/sessions/ID",
        checkout_params.SessionRetrieveParams,
        _retrieve_session,
    ),
    (
        "POST",
        "/v1/checkout/sessions/ID/expire",
        checkout_params.SessionExpireParams,
        checkout.expire_session,
    ),
    ("GET", "/v1/charges", params.ChargeListParams, _list_charges),
    ("POST", "/v1/refunds", params.RefundCreateParams, returning.create_refund),
    ("GET", "/v1/refunds/ID", params.RefundRetrieveParams, _retrieve("refund")),
    ("GET", "/v1/disputes/ID", params.DisputeRetrieveParams, _retrieve("dispute")),
    (
        "GET",
        "/v1/invoices",
        params.InvoiceListParams,
        lambda asked: _list("/v1/invoices", billing.list_invoices(asked)),
    ),
    ("GET", "/v1/invoices/ID", params.InvoiceRetrieveParams, billing.retrieve_invoice),
    (
        "GET",
        "/v1/invoice_payments",
        params.InvoicePaymentListParams,
        lambda asked: _list("/v1/invoice_payments", billing.list_invoice_payments(asked)),
    ),
    (
        "POST",
        "/v1/subscriptions/ID",
        params.SubscriptionUpdateParams,
        billing.update_subscription,
    ),
    (
        "DELETE",
        "/v1/subscriptions/ID",
        params.SubscriptionCancelParams,
        billing.cancel_subscription,
    ),
)


def _route(method: str, path: str) -> tuple[type[Any], Callable[..., Tree], list[str]]:
    for verb, pattern, shape, act in ROUTES:
        names = re.fullmatch(pattern.replace("ID", "([^/]+)"), path)
        if verb == method and names:
            return shape, act, list(names.groups())
    raise no_such("API endpoint of this stand-in", f"{method} {path}")
