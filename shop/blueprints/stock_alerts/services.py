"""What happens to alerts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from shop.blueprints.catalog.models import Product, Variant
from shop.blueprints.stock_alerts import queries
from shop.blueprints.stock_alerts.models import AlertState, StockAlert
from shop.core import clock, jobs, mail
from shop.core.database.new_rows import store_now
from shop.core.mail import unsubscribe
from shop.core.mail.mailboxes import normal_address
from shop.core.mail.turns import take_turns
from shop.core.web.security import absolute_url
from shop.plugins.api import db, publish
from shop.plugins.api.events import ProductChanged, StockAlertAsked, VariantRestocked

JOB = "stock_alerts.tell"
BATCH = 50
MOST_WAITING = 20
TOLD_ONCE_IN = timedelta(minutes=10)
"""Someone who waits under several addresses of one mailbox is told once."""
KEPT_FOR = timedelta(days=365)


def ask_for_alert(*, variant_id: int, email: str) -> None:
    """Note that someone wants to know when a variant is back.

    Nothing is looked up here: the work, and so the time, is the same whether the address waits already or not.
    """
    alert = StockAlert(variant_id=variant_id, email=normal_address(email))
    store_now(alert)
    publish(StockAlertAsked(alert_id=alert.id))


def begin_waiting(event: StockAlertAsked) -> None:
    """Let an alert wait, unless the same one does or was answered since, or the address waits for 20 things already."""
    alert = db.session.get(StockAlert, event.alert_id)
    if alert is None or alert.state != AlertState.ASKED:
        return
    if (
        queries.people_waiting(alert.email) >= MOST_WAITING
        or not _wait(alert)
        or queries.was_told_since(alert)  # looked up last: whoever told held the index until now
    ):
        db.session.delete(alert)
        return
    _tell_if_back(alert.variant)  # it may have come back in the meantime


def _wait(alert: StockAlert) -> bool:
    try:
        with db.session.begin_nested():
            alert.state = AlertState.WAITING
            db.session.flush()
    except IntegrityError:  # the unique index: this address waits for this variant
        db.session.refresh(alert)
        return False
    return True


def variant_came_back(event: VariantRestocked) -> None:
    """Tell those who wait."""
    variant = db.session.get(Variant, event.variant_id)
    if variant is not None:
        _tell_if_back(variant)


def product_changed(event: ProductChanged) -> None:
    """Tell those who wait for what can be bought because its product changed: published, or no longer counted."""
    product = db.session.get(Product, event.product_id)
    for variant in product.variants if product is not None else ():
        _tell_if_back(variant)


def _tell_if_back(variant: Variant) -> None:
    if can_be_bought(variant) and _first_waiting(variant.id, limit=1):
        jobs.enqueue(JOB, {"variant_id": variant.id})


def can_be_bought(variant: Variant) -> bool:
    """Whether a stranger who follows a link finds it for sale."""
    return variant.product.is_published and variant.is_available


def tell_batch(payload: dict[str, Any]) -> Callable[[], None] | None:
    """The job: render a message to each of those who asked first; what is returned queues them, and a job for those
    after them.

    Message, state and next job are one transaction: a kill repeats nobody. Should the variant be sold out again by now,
    the others go on waiting.
    """
    variant = db.session.get(Variant, payload["variant_id"])
    if variant is None or not can_be_bought(variant):
        return None
    messages = {
        alert.id: _message(alert, variant) for alert in _first_waiting(variant.id, limit=BATCH)
    }
    return partial(_queue, payload, messages) if messages else None


def _queue(payload: dict[str, Any], messages: Mapping[int, mail.WrittenMail]) -> None:
    variant = db.session.get(Variant, payload["variant_id"])
    if variant is None or not can_be_bought(variant):
        return
    alerts = _still_waiting(messages)
    for alert in alerts:
        alert.state = AlertState.SENT
        alert.sent_at = clock.now()
    told = take_turns(
        f"stock_alerts.{variant.id}", (alert.email for alert in alerts), every=TOLD_ONCE_IN
    )
    mail.queue_all(messages[alert.id] for alert in alerts if alert.email in told)
    if len(messages) == BATCH:
        jobs.enqueue(JOB, payload)


def _first_waiting(variant_id: int, *, limit: int) -> Sequence[StockAlert]:
    return db.session.scalars(
        select(StockAlert)
        .where(StockAlert.variant_id == variant_id, StockAlert.state == AlertState.WAITING)
        .order_by(StockAlert.id)
        .limit(limit)
    ).all()


def _still_waiting(ids: Collection[int]) -> Sequence[StockAlert]:
    # Of two jobs for one variant each takes the rows that the other has not.
    return db.session.scalars(
        select(StockAlert)
        .where(StockAlert.id.in_(ids), StockAlert.state == AlertState.WAITING)
        .order_by(StockAlert.id)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()


def _message(alert: StockAlert, variant: Variant) -> mail.WrittenMail:
    leaving = absolute_url("stock_alerts.cancelling", token=alert.token)
    return mail.write(
        "stock-alert",
        alert.email,
        {
            "product": variant.product,
            "variant": variant,
            "link": absolute_url("catalog.show", slug=variant.product.slug),
            "unsubscribe_url": leaving,
        },
        headers=unsubscribe.headers(leaving),
    )


def cancel_all(email: str) -> None:
    """Send an address no more of these messages. Cancelling twice changes nothing."""
    db.session.execute(
        update(StockAlert)
        .where(
            StockAlert.email == email,
            StockAlert.state.in_([AlertState.ASKED, AlertState.WAITING]),
        )
        .values(state=AlertState.CANCELLED)
    )


def forget_old() -> None:
    """Forget alerts of a year ago, whatever became of them."""
    db.session.execute(delete(StockAlert).where(StockAlert.created_at < clock.now() - KEPT_FOR))


def erase(email: str) -> None:
    """Delete all that is known of one address."""
    db.session.execute(delete(StockAlert).where(StockAlert.email == normal_address(email)))
