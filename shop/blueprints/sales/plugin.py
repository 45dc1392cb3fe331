"""What sales contribute."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from click import Command
from flask_babel import lazy_gettext as _l

from shop.blueprints.accounts.queries import current_account, may
from shop.blueprints.sales import admin, cli, queries, services
from shop.blueprints.sales.queries import Range
from shop.plugins.api import (
    AdminSection,
    AnySubscriber,
    JobKind,
    Periodic,
    Permission,
    Plugin,
    Slot,
    Subscriber,
    hookimpl,
)
from shop.plugins.api.events import ArticleLedToGuide, OrderPaid, OrderRefunded, RefundFailed

SEE = "sales.see"

PLUGIN = Plugin(name="sales", title=_l("Sales"), requires=("orders",))


@hookimpl
def permissions() -> Iterable[Permission]:
    yield Permission(SEE, _l("See sales figures"), frozenset({"editor", "bookkeeper"}))


@hookimpl
def admin_sections() -> Iterable[AdminSection]:
    yield AdminSection(
        name="sales",
        label=_l("Sales"),
        group="sell",
        permission=SEE,
        blueprint=admin.bp,
        order=12,
    )


@hookimpl
def slots() -> Iterable[Slot]:
    yield Slot("admin.today", "admin/sales/on_today.html", _lately, order=10)


def _lately() -> Mapping[str, Any] | None:
    if not may(current_account(), SEE):
        return None
    return {"sums": queries.sums(Range.lately())}


@hookimpl
def subscribers() -> Iterable[AnySubscriber]:
    yield Subscriber("sales.follow_payment", OrderPaid, services.follow_payment)
    yield Subscriber("sales.follow_refund", OrderRefunded, services.count_refund)
    yield Subscriber("sales.follow_failed_refund", RefundFailed, services.count_refund)
    yield Subscriber("sales.count_click", ArticleLedToGuide, services.count_guide_click)


@hookimpl
def job_kinds() -> Iterable[JobKind]:
    yield services.COUNT


@hookimpl
def periodic_jobs() -> Iterable[Periodic]:
    yield Periodic("sales.count_again", timedelta(hours=1), services.recount_days)


@hookimpl
def commands() -> Iterable[Command]:
    yield cli.commands
