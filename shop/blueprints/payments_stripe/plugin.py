"""What this feature contributes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask import Blueprint
from flask_babel import lazy_gettext as _l

from shop.blueprints.payments_stripe import keys
from shop.blueprints.payments_stripe.provider import Stripe
from shop.blueprints.payments_stripe.standin import bank, billing, telling, views
from shop.core.jobs import Lane
from shop.plugins.api import JobKind, PaymentProvider, Plugin, Slot, hookimpl

PLUGIN = Plugin(name="payments_stripe", title=_l("Stripe"), requires=("payments",), lane=Lane.MONEY)


@hookimpl
def blueprints() -> Iterable[Blueprint]:
    yield views.bp


@hookimpl
def payment_providers() -> Iterable[PaymentProvider]:
    yield Stripe()


@hookimpl
def slots() -> Iterable[Slot]:
    yield Slot("admin.notices", "admin/payments_stripe/test_payments.html", _while_tests_are_open)


def _while_tests_are_open() -> Mapping[str, Any] | None:
    return {} if keys.is_stand_in_open() else None


@hookimpl
def job_kinds() -> Iterable[JobKind]:
    yield bank.FINISH
    yield billing.RENEW
    yield telling.DELIVER
