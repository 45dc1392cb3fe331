"""What this feature contributes."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Blueprint
from flask_babel import lazy_gettext as _l

from shop.blueprints.payments_stripe.provider import Stripe
from shop.blueprints.payments_stripe.standin import bank, telling, views
from shop.plugins.api import JobKind, PaymentProvider, Plugin, hookimpl

PLUGIN = Plugin(name="payments_stripe", title=_l("Stripe"), requires=("payments",))


@hookimpl
def blueprints() -> Iterable[Blueprint]:
    yield views.bp


@hookimpl
def payment_providers() -> Iterable[PaymentProvider]:
    yield Stripe()


@hookimpl
def job_kinds() -> Iterable[JobKind]:
    yield bank.FINISH
    yield telling.DELIVER
