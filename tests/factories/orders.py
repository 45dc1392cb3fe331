"""Orders for tests: things to sell, orders of them, and a payment provider that says what it is told to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from threading import Barrier, Thread
from typing import Any

from flask import Flask, current_app
from sqlalchemy import select

from shop.blueprints.catalog.models import Product, ProductFile, ProductState, Variant
from shop.blueprints.orders import services
from shop.blueprints.orders.drafts import LineDraft, OrderDraft
from shop.blueprints.orders.models import Order
from shop.blueprints.payments.attempts import opening
from shop.blueprints.payments.attempts.starting import WaysBack
from shop.blueprints.payments.models import Payment
from shop.core import clock
from shop.core.errors import Refused
from shop.core.files import storage
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from shop.plugins.api import (
    DisputeVerdict,
    PaymentRequest,
    PaymentStarted,
    PaymentVerdict,
    RefundVerdict,
    WebhookForged,
    WebhookNotice,
)

_numbers = count(1)

ADDRESS = {
    "name": "Ruth Miller",
    "line1": "4 Quiet Lane",
    "line2": "",
    "postcode": "LS1 4AP",
    "city": "Leeds",
    "country": "GB",
}


def make_variant(
    *,
    title: str | None = None,
    price: int = 1400,
    digital: bool = True,
    stock: int | None = None,
    files: Sequence[bytes] = (b"%PDF a guide",),
    currency: str = "EUR",
) -> Variant:
    """A published product's only variant; a digital one has files."""
    number = next(_numbers)
    with unit_of_work():
        product = Product(
            slug=f"ordered-guide-{number}",  # apart from those of `catalog.make_product`
            title=title or f"Guide {number}",
            state=ProductState.PUBLISHED,
            currency=currency,
        )
        variant = Variant(
            title="PDF" if digital else "Printed",
            sku=f"SKU-{number}",
            price_minor=price,
            is_digital=digital,
            stock_on_hand=stock,
        )
        product.variants.append(variant)
        for index, content in enumerate(files if digital else ()):
            product.files.append(
                ProductFile(
                    name=f"guide-{number}-{index}.pdf",
                    storage_key=storage.keep(content),
                    size=len(content),
                    media_type="application/pdf",
                )
            )
        db.session.add(product)
    return variant


def draft(*lines: tuple[Variant, int], **values: Any) -> OrderDraft:
    """What somebody is about to order."""
    is_sent = any(not variant.is_digital for variant, _quantity in lines)
    chosen: dict[str, Any] = {
        "email": "ruth@example.org",
        "name": "Ruth Miller",
        "account_id": None,
        "currency": "EUR",
        "shipping_minor": 490 if is_sent else 0,
        "tax_minor": 0,
        "address": ADDRESS if is_sent else None,
        "note": "",
        "reserved_until": clock.now() + timedelta(minutes=30),
    }
    return OrderDraft(
        lines=[
            LineDraft(
                variant_id=variant.id,
                product_id=variant.product_id,
                title=variant.product.title,
                variant_title=variant.title,
                sku=variant.sku,
                unit_price_minor=variant.price_minor,
                quantity=quantity,
                is_digital=variant.is_digital,
            )
            for variant, quantity in lines
        ],
        **(chosen | values),
    )


def make_order(*lines: tuple[Variant, int], **values: Any) -> Order:
    """An order that waits for payment; of one digital guide when nothing else is said."""
    wanted = lines or ((make_variant(), 1),)
    with unit_of_work():
        return services.place_order(draft(*wanted, **values))


def make_payment(order: Order, reference: str = "ref-1", provider: str = "till") -> Payment:
    """An open payment of an order."""
    with unit_of_work():
        payment = opening.begin_payment(order, provider)
        opening.open_payment(payment.id, PaymentStarted(reference, f"/till/{reference}"))
    return payment


def payments_of(order: Order) -> list[Payment]:
    """Every attempt to pay an order, as it is now."""
    query = select(Payment).where(Payment.order_id == order.id).order_by(Payment.id)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def first_payment(order: Order) -> Payment:
    """The first attempt to pay an order, as it is now."""
    return payments_of(order)[0]


WAYS_BACK = WaysBack("https://shop.example/returned", "https://shop.example/cancelled")
"""Where a provider sends the buyers of these tests."""


def make_free_order(**values: Any) -> Order:
    """A paid order."""
    order = make_order((make_variant(price=0), 1), **values)
    with unit_of_work():
        services.settle_free(order)
    return order


def paid(payment: Payment) -> PaymentVerdict:
    """What an honest provider says of a payment that was made."""
    assert payment.reference
    return PaymentVerdict(payment.reference, "paid", payment.amount_minor, payment.currency)


@dataclass
class Till:
    """A `PaymentProvider` that says what it is told to."""

    name: str = "till"
    label: str = "At the till"
    sends_webhooks: bool = True
    form_targets: tuple[str, ...] = ("https://pay.example",)
    verdicts: dict[str, PaymentVerdict] = field(default_factory=dict)
    started: dict[str, PaymentRequest] = field(default_factory=dict)
    refunds: dict[str, RefundVerdict] = field(default_factory=dict)
    disputes: dict[str, DisputeVerdict] = field(default_factory=dict)
    ended: list[str] = field(default_factory=list)
    looked_up: list[str] = field(default_factory=list)
    is_away: bool = False

    def is_offered(self) -> bool:
        return True

    def start(self, payment: PaymentRequest) -> PaymentStarted:
        self._answer()
        reference = f"{self.name}-{payment.idempotency_key}"
        self.started[reference] = payment
        return PaymentStarted(reference, f"https://pay.example/{reference}")

    def look_up(self, reference: str) -> PaymentVerdict:
        self._answer()
        self.looked_up.append(reference)
        return self.verdicts.get(reference, PaymentVerdict(reference, "open"))

    def expire(self, reference: str) -> None:
        self._answer()
        self.ended.append(reference)
        self.verdicts.setdefault(reference, PaymentVerdict(reference, "expired"))

    def read_webhook(self, body: bytes, headers: Mapping[str, str]) -> WebhookNotice | None:
        self._answer()
        if headers.get("X-Till") != "genuine":
            raise WebhookForged("not ours")
        event_id, _space, rest = body.decode("latin-1").partition(" ")
        reference, _space, about = rest.partition(" ")
        if about == "refund":
            return WebhookNotice(event_id, "changed", reference, "refund")
        if about == "dispute":
            return WebhookNotice(event_id, "changed", reference, "dispute")
        return WebhookNotice(event_id, "changed", reference)

    def refund(
        self,
        reference: str,
        *,
        amount_minor: int,
        currency: str,
        idempotency_key: str,
        reason: str,
    ) -> RefundVerdict:
        self._answer()
        key = f"re-{idempotency_key}"
        if key not in self.refunds:
            taken = self.verdicts[reference].amount_minor
            given = sum(
                each.amount_minor
                for each in self.refunds.values()
                if each.payment_reference == reference and each.state != "failed"
            )
            if given + amount_minor > taken:
                raise Refused("more than was paid")
            self.refunds[key] = RefundVerdict(key, reference, "done", amount_minor, currency)
        return self.refunds[key]

    def look_up_refund(self, reference: str) -> RefundVerdict:
        self._answer()
        return self.refunds[reference]

    def look_up_dispute(self, reference: str) -> DisputeVerdict:
        self._answer()
        return self.disputes[reference]

    def take_money(self, reference: str, *, amount: int | None = None) -> None:
        """Say from now on that this payment was made."""
        request = self.started[reference]
        self.verdicts[reference] = PaymentVerdict(
            reference, "paid", request.amount_minor if amount is None else amount, request.currency
        )

    def _answer(self) -> None:
        if self.is_away:
            raise ConnectionError("the till is away")


def at_once(app: Flask, callers: int, act: Callable[[int], Any]) -> list[Any]:
    """Let several threads do the same at the same moment; what each returned, or the error it met."""
    barrier = Barrier(callers)
    results: list[Any] = [None] * callers

    def call(number: int) -> None:
        with app.app_context():
            barrier.wait()
            try:
                results[number] = act(number)
            except Exception as error:  # noqa: BLE001 - the test looks at it
                results[number] = error
            finally:
                db.session.remove()

    threads = [Thread(target=call, args=(number,)) for number in range(callers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.session.rollback()
    return results


def this_app() -> Flask:
    """The application itself, for threads."""
    return current_app._get_current_object()  # type: ignore[attr-defined, no-any-return]
