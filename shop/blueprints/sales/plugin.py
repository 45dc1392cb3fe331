"""What sales contribute."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from click import Command
from flask_babel import lazy_gettext as _l

from shop.blueprints.sales import admin, cli, services
from shop.plugins.api import (
    AdminSection,
    AnySubscriber,
    JobKind,
    Periodic,
    Permission,
    Plugin,
    Subscriber,
    hookimpl,
)
from shop.plugins.api.events import ArticleLedToGuide, OrderPaid, OrderRefunded, RefundFailed

PLUGIN = Plugin(name="sales", title=_l("Sales"), requires=("orders",))


@hookimpl
def permissions() -> Iterable[Permission]:
    yield Permission("sales.see", _l("See sales figures"), frozenset({"editor", "bookkeeper"}))


@hookimpl
def admin_sections() -> Iterable[AdminSection]:
    yield AdminSection(
        name="sales",
        label=_l("Sales"),
        group="sell",
        permission="sales.see",
        blueprint=admin.bp,
        order=12,
    )


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
