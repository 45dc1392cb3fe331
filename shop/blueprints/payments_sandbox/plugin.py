"""What the sandbox contributes."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Blueprint

from shop.blueprints.payments_sandbox import bank, views
from shop.blueprints.payments_sandbox.provider import Sandbox
from shop.plugins.api import JobKind, PaymentProvider, Plugin, hookimpl

PLUGIN = Plugin(name="payments_sandbox", title="Test payments", requires=("checkout",))


@hookimpl
def blueprints() -> Iterable[Blueprint]:
    yield views.bp


@hookimpl
def payment_providers() -> Iterable[PaymentProvider]:
    yield Sandbox()


@hookimpl
def job_kinds() -> Iterable[JobKind]:
    yield bank.FINISH
    yield bank.NOTIFY
