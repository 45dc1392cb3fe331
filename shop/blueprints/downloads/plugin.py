"""What downloads contribute."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from flask import Blueprint
from flask_babel import lazy_gettext as _l

from shop.blueprints.downloads import (
    links,
    queries,
    renewed_links,
    services,
    stamping,
    views,
)
from shop.blueprints.downloads import (
    subscribers as reactions,
)
from shop.blueprints.downloads.models import DownloadGrant
from shop.blueprints.downloads.settings import DownloadSettings
from shop.blueprints.orders.queries import order_by_id_or_404, orders_of_email
from shop.core.jobs import Lane
from shop.plugins.api import (
    AnySubscriber,
    JobKind,
    MailKind,
    NavigationItem,
    OrderView,
    Periodic,
    PersonalData,
    Plugin,
    Slot,
    Subscriber,
    hookimpl,
)
from shop.plugins.api.events import (
    DisputeClosed,
    NewVersionAnnounced,
    OrderErased,
    OrderPaid,
    OrderRefunded,
    RefundFailed,
)

PLUGIN = Plugin(
    name="downloads",
    title=_l("Downloads"),
    requires=("orders",),
    settings=DownloadSettings,
    lane=Lane.MONEY,
)


@hookimpl
def blueprints() -> Iterable[Blueprint]:
    yield views.bp


@hookimpl
def navigation() -> Iterable[NavigationItem]:
    yield NavigationItem("account", _l("Downloads"), "downloads.library", order=20)
    yield NavigationItem("footer", _l("Find my downloads"), "downloads.find", order=71)


@hookimpl
def slots() -> Iterable[Slot]:
    yield Slot("order.sections", "downloads/order_section.html", _on_page, order=10)
    yield Slot("order.mail.text", "downloads/mail.txt", _in_mail, order=10)
    yield Slot("order.mail.html", "downloads/mail.html", _in_mail, order=10)


def _on_page(order: OrderView) -> Mapping[str, Any] | None:
    return _shown(order, links.download_path)


def _in_mail(order: OrderView) -> Mapping[str, Any] | None:
    return _shown(order, links.download_address)


def _shown(seen: OrderView, link: Callable[[DownloadGrant], str]) -> Mapping[str, Any] | None:
    order = order_by_id_or_404(seen.id)
    if not order.is_paid or not order.has_downloads:
        return None
    offers = queries.offers(services.grants_of(order))
    closed = queries.revoked(order)
    if not offers and not closed:
        return None
    return {"order": order, "offers": offers, "link": link, "closed": bool(closed)}


@hookimpl
def subscribers() -> Iterable[AnySubscriber]:
    yield Subscriber("downloads.deliver", OrderPaid, reactions.deliver_order)
    yield Subscriber("downloads.close_refunded", OrderRefunded, reactions.close_refunded)
    yield Subscriber("downloads.open_again", RefundFailed, reactions.open_again)
    yield Subscriber("downloads.close_disputed", DisputeClosed, reactions.close_disputed)
    yield Subscriber("downloads.forget_copies", OrderErased, reactions.forget_copies_of_person)
    yield Subscriber("downloads.announce", NewVersionAnnounced, reactions.announce_new_version)


@hookimpl
def job_kinds() -> Iterable[JobKind]:
    yield stamping.JOB
    yield reactions.JOB
    yield renewed_links.JOB


@hookimpl
def periodic_jobs() -> Iterable[Periodic]:
    yield stamping.HOUSEKEEPING


@hookimpl
def mail_kinds() -> Iterable[MailKind]:
    yield MailKind(
        name="download-version",
        title=_l("A new version of a purchased file"),
        subject=_l("{{ line.title }}: version {{ version.version }} is available"),
        reason=_l(
            "You get this email because you bought this product from us with this email address."
        ),
    )
    yield MailKind(
        name="download-links",
        title=_l("Links to a buyer’s downloads"),
        subject=_l("Your downloads at {{ site.name }}"),
        reason=_l(
            "You get this email because someone asked on our site for the downloads of this email address."
        ),
    )


@hookimpl
def personal_data() -> Iterable[PersonalData]:
    yield PersonalData("downloads", _l("Personal copies of files with your name"), _export, _erase)


def _export(email: str) -> Sequence[Mapping[str, Any]]:
    return [
        {"order": grant.line.order.number, "file": grant.name, "version": grant.version}
        for grant in queries.own_copies(_orders(email))
    ]


def _erase(email: str) -> None:
    stamping.forget_copies(_orders(email))
    reactions.forget_told(email)


def _orders(email: str) -> list[int]:
    return [order.id for order in orders_of_email(email)]
