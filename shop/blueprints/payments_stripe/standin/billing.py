"""Subscriptions and their invoices. https://docs.stripe.com/api/subscriptions/object

A period ends with a job; the pay page lets one not wait for it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from shop.blueprints.payments_stripe.standin import bank, checkout, objects
from shop.blueprints.payments_stripe.standin.errors import ApiError
from shop.blueprints.payments_stripe.standin.models import StandInObject
from shop.blueprints.payments_stripe.standin.telling import tell_shop
from shop.core import jobs
from shop.plugins.api import JobKind

RENEW_JOB = "payments_stripe.renew"
NEXT_TRY_SECONDS = 3 * 24 * 3600
DAYS = {"month": 30, "year": 365}
"""Stripe counts by the calendar; a stand-in need not."""

Tree = dict[str, Any]


# What a buyer and the time do


def begin_billing(session: StandInObject) -> None:
    """The buyer pays for the first time: the subscription begins."""
    start = objects.timestamp()
    end = start + DAYS[session.hidden["interval"]] * 24 * 3600
    subscription = objects.keep_object(
        "subscription",
        "subscription",
        {
            "status": "active",
            "currency": session.body["currency"],
            "cancel_at_period_end": False,
            "cancel_at": None,
            "ended_at": None,
            "items": _items(start, end, session, amount=session.body["amount_total"]),
            **session.hidden["subscription"],
        },
        parent=session.id,
    )
    session.body["subscription"] = subscription.id
    bank.complete(session, "paid")
    invoice = _invoice(session, subscription, start, end, amount=_amount_of(subscription))
    _pay(session, invoice)
    tell_shop(
        session,
        ("checkout.session.completed", session),
        ("customer.subscription.created", subscription),
        ("invoice.paid", invoice),
    )
    _wait_for(session, end)


def refuse_first(session: StandInObject) -> None:
    """The card is refused at the first payment: the session stays open."""
    session.hidden["refusal"] = bank.DECLINED["message"]


def renew_period(session: StandInObject, *, succeeds: bool) -> None:
    """The next period begins, and the card is charged, or refused. Nothing where an invoice is still open."""
    subscription = _of(session)
    if subscription.body["status"] != "active":
        return
    start = _period_end(subscription)
    if subscription.body["cancel_at_period_end"]:
        _finish(session, subscription)
        return
    end = start + DAYS[session.hidden["interval"]] * 24 * 3600
    amount = _amount_of(subscription)
    subscription.body["items"] = _items(start, end, session, amount=amount)
    invoice = _invoice(session, subscription, start, end, amount=amount)
    if succeeds:
        _pay(session, invoice)
        tell_shop(session, ("invoice.paid", invoice))
    else:
        invoice.body["next_payment_attempt"] = objects.timestamp() + NEXT_TRY_SECONDS
        subscription.body["status"] = "past_due"
        tell_shop(
            session,
            ("invoice.payment_failed", invoice),
            ("customer.subscription.updated", subscription),
        )
    _wait_for(session, end)


def pay_open_invoice(session: StandInObject) -> None:
    """The buyer has named another card, or a retry has succeeded."""
    subscription = _of(session)
    for invoice in _invoices(subscription):
        if invoice.body["status"] == "open" and subscription.body["status"] == "past_due":
            _pay(session, invoice)
            subscription.body["status"] = "active"
            tell_shop(
                session,
                ("invoice.paid", invoice),
                ("customer.subscription.updated", subscription),
            )


def end_period(payload: Tree) -> None:
    """The job: a period is over."""
    session = objects.find_object("session", payload["reference"], lock=True)
    subscription = _of(session)
    if _period_end(subscription) == payload["period_end"]:
        renew_period(session, succeeds=session.hidden.get("renewals") != "decline")


RENEW = JobKind(name=RENEW_JOB, handle=end_period)


# What the API answers


def create_subscription_session(asked: Tree) -> Tree:
    """A page on which a subscription begins."""
    checkout.require_basics(asked, "subscription")
    line = asked["line_items"][0]
    interval = line["price_data"].get("recurring", {}).get("interval")
    if interval not in DAYS:
        raise ApiError("mode `subscription` needs a recurring price.", param="line_items")
    currency, total = checkout.priced(asked["line_items"])
    body = {
        "mode": "subscription",
        "amount_subtotal": total,
        "amount_total": total,
        "cancel_url": asked.get("cancel_url"),
        "client_reference_id": asked.get("client_reference_id"),
        "currency": currency,
        "customer_email": asked.get("customer_email"),
        "expires_at": checkout.end_of(asked.get("expires_at")),
        "locale": asked.get("locale"),
        "payment_intent": None,
        "payment_status": "unpaid",
        "status": "open",
        "subscription": None,
        "success_url": asked["success_url"],
        **checkout.with_metadata({"metadata": asked.get("metadata", {})}),
    }
    return checkout.keep_session(
        body,
        interval=interval,
        subscription=checkout.with_metadata(asked.get("subscription_data", {})),
        title=line["price_data"]["product_data"]["name"],
        coupons=[],
    )


def list_invoices(asked: Tree) -> list[Tree]:
    """The invoices of a subscription, the newest first."""
    subscription = objects.find_object("subscription", asked["subscription"])
    return [dict(each.body) for each in reversed(_invoices(subscription))]


def retrieve_invoice(reference: str, asked: Tree) -> Tree:
    """One invoice; with its payments where they are asked for."""
    body = dict(objects.find_object("invoice", reference).body)
    if "payments" in asked.get("expand", []):
        paid = [dict(each.body) for each in objects.children(reference, "invoice_payment")]
        body["payments"] = {"object": "list", "data": paid, "has_more": False, "url": ""}
    return body


def list_invoice_payments(asked: Tree) -> list[Tree]:
    """Which invoice an intent paid."""
    intent = objects.find_object("payment_intent", asked["payment"]["payment_intent"])
    invoice = intent.hidden.get("invoice")
    found = objects.children(invoice, "invoice_payment") if invoice else []
    return [dict(each.body) for each in found]


def update_subscription(reference: str, asked: Tree) -> Tree:
    """End it with its period, or don't after all; or charge another amount."""
    subscription = objects.find_object("subscription", reference, lock=True)
    if subscription.body["status"] == "canceled":
        raise ApiError("A canceled subscription can only update its cancellation_details.")
    if "items" in asked:
        _change_price(subscription, asked["items"][0]["price_data"]["unit_amount"])
    if "cancel_at_period_end" in asked:
        ends = asked["cancel_at_period_end"]
        subscription.body["cancel_at_period_end"] = ends
        subscription.body["cancel_at"] = _period_end(subscription) if ends else None
    _tell(subscription, "customer.subscription.updated")
    return dict(subscription.body)


def _change_price(subscription: StandInObject, amount: int) -> None:
    """The rest of the period at the new amount less the same at the old one is charged, or becomes a credit."""
    session = objects.find_object("session", subscription.parent, lock=True)
    item = subscription.body["items"]["data"][0]
    start, end = objects.timestamp(), item["current_period_end"]
    whole = end - item["current_period_start"]
    difference = round((amount - item["price"]["unit_amount"]) * (end - start) / whole)
    if difference > 0 and session.hidden.get("renewals") == "decline":
        raise ApiError(
            str(bank.DECLINED["message"]), status=402, kind="card_error", code="card_declined"
        )
    first = item["current_period_start"]
    subscription.body["items"] = _items(first, end, session, amount=amount)
    invoice = _invoice(session, subscription, start, end, amount=difference, is_proration=True)
    _pay(session, invoice)
    tell_shop(session, ("invoice.paid", invoice))


def cancel_subscription(reference: str, _asked: Tree) -> Tree:
    """End it now."""
    subscription = objects.find_object("subscription", reference, lock=True)
    if subscription.body["status"] == "canceled":
        raise ApiError(f"No such subscription: '{reference}'", status=404, code="resource_missing")
    _finish(objects.find_object("session", subscription.parent), subscription)
    return dict(subscription.body)


def _finish(session: StandInObject, subscription: StandInObject) -> None:
    subscription.body["status"] = "canceled"
    subscription.body["ended_at"] = objects.timestamp()
    for invoice in _invoices(subscription):
        if invoice.body["status"] == "open":
            invoice.body["status"] = "void"
    tell_shop(session, ("customer.subscription.deleted", subscription))


def _tell(subscription: StandInObject, kind: str) -> None:
    tell_shop(objects.find_object("session", subscription.parent), (kind, subscription))


def _of(session: StandInObject) -> StandInObject:
    return objects.find_object("subscription", session.body["subscription"], lock=True)


def _invoices(subscription: StandInObject) -> list[StandInObject]:
    return list(objects.children(subscription.id, "invoice"))


def _period_end(subscription: StandInObject) -> int:
    return int(subscription.body["items"]["data"][0]["current_period_end"])


def _amount_of(subscription: StandInObject) -> int:
    return int(subscription.body["items"]["data"][0]["price"]["unit_amount"])


def _items(start: int, end: int, session: StandInObject, *, amount: int) -> Tree:
    item = {
        "id": "si_standin",
        "object": "subscription_item",
        "current_period_start": start,
        "current_period_end": end,
        "price": {
            "id": "price_standin",
            "object": "price",
            "currency": session.body["currency"],
            "product": "prod_standin",
            "recurring": {"interval": session.hidden["interval"]},
            "unit_amount": amount,
        },
    }
    return {"object": "list", "data": [item], "has_more": False, "url": ""}


def _invoice(
    session: StandInObject,
    subscription: StandInObject,
    start: int,
    end: int,
    *,
    amount: int,
    is_proration: bool = False,
) -> StandInObject:
    """An invoice. A balance below zero is a credit of the buyer: it is used up first."""
    line = {
        "id": "il_standin",
        "object": "line_item",
        "parent": {"subscription_item_details": {"proration": is_proration}},
        "period": {"start": start, "end": end},
    }
    balance = int(session.hidden.get("balance", 0))
    session.hidden["balance"] = min(0, balance + amount)
    return objects.keep_object(
        "invoice",
        "invoice",
        {
            "status": "open",
            "amount_due": max(0, balance + amount),
            "starting_balance": balance,
            "amount_paid": 0,
            "currency": session.body["currency"],
            "hosted_invoice_url": checkout.address_of(session),
            "lines": {"object": "list", "data": [line], "has_more": False, "url": ""},
            "next_payment_attempt": None,
            "parent": {
                "type": "subscription_details",
                "quote_details": None,
                "subscription_details": {
                    "subscription": subscription.id,
                    "metadata": subscription.body["metadata"],
                },
            },
        },
        parent=subscription.id,
    )


def _pay(session: StandInObject, invoice: StandInObject) -> None:
    invoice.body["status"] = "paid"
    invoice.body["amount_paid"] = invoice.body["amount_due"]
    invoice.body["next_payment_attempt"] = None
    if not invoice.body["amount_due"]:
        return
    intent = bank.charged_intent(
        session, amount=invoice.body["amount_due"], hidden={"invoice": invoice.id}
    )
    objects.keep_object(
        "invoice_payment",
        "invoice_payment",
        {
            "invoice": invoice.id,
            "payment": {"type": "payment_intent", "payment_intent": intent.id},
            "status": "paid",
        },
        parent=invoice.id,
    )


def _wait_for(session: StandInObject, end: int) -> None:
    jobs.enqueue(
        RENEW_JOB,
        {"reference": session.id, "period_end": end},
        run_at=datetime.fromtimestamp(end, UTC) + timedelta(seconds=1),
    )
