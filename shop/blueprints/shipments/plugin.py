"""What shipments contribute."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l

from shop.blueprints.orders import queries as order_queries
from shop.blueprints.shipments import admin, letters, queries, services
from shop.blueprints.shipments.settings import ShipmentSettings
from shop.core.jobs import Lane
from shop.plugins.api import (
    AdminSection,
    AnySubscriber,
    MailKind,
    OrderAction,
    OrderExtension,
    OrderSituation,
    OrderView,
    Permission,
    PersonalData,
    Plugin,
    Slot,
    Subscriber,
    hookimpl,
)
from shop.plugins.api.events import OrderErased, ParcelSent

PLUGIN = Plugin(
    name="shipments",
    title=_l("Shipments"),
    requires=("orders",),
    settings=ShipmentSettings,
    lane=Lane.MONEY,
)


@hookimpl
def slots() -> Iterable[Slot]:
    yield Slot("order.sections", "shipments/parcels.html", _parcels_of, order=20)
    yield Slot("order.actions", "shipments/track.html", _newest_on_its_way)
    yield Slot("admin.order.tools", "admin/shipments/tools.html", _tools_of)
    yield Slot("admin.order.sections", "admin/shipments/parcels.html", _parcels_of)


def _parcels_of(order: OrderView) -> Mapping[str, Any] | None:
    shipments = queries.shipments_of(order.id)
    if not shipments:
        return None
    return {"order": order_queries.order_by_id_or_404(order.id), "shipments": shipments}


def _newest_on_its_way(order: OrderView, situation: OrderSituation) -> Mapping[str, Any] | None:
    """The last parcel that can be followed, while the buyer may look forward to it."""
    followed = [each for each in queries.shipments_of(order.id) if each.tracking_url]
    if not followed or not situation.is_good:
        return None
    if order_queries.order_by_id_or_404(order.id).is_refunded:
        return None
    return {"shipment": followed[-1]}


def _tools_of(order: OrderView) -> Mapping[str, Any] | None:
    row = order_queries.order_by_id_or_404(order.id)
    return {"order": row} if row.is_paid and row.needs_shipping else None


@hookimpl
def order_extensions() -> Iterable[OrderExtension]:
    yield OrderExtension(
        name="shipments",
        bulk_actions=(
            OrderAction(_l("Packing slips"), "slips", "admin.shipments.many"),
            OrderAction(_l("Mark as sent"), "sent", "admin.shipments.many"),
        ),
    )


@hookimpl
def personal_data() -> Iterable[PersonalData]:
    yield PersonalData("shipments", _l("Parcels"), export=_export, erase=_erase)


def _export(email: str) -> Sequence[Mapping[str, Any]]:
    return [
        {
            "order": shipment.order.number,
            "sent": shipment.sent_at.isoformat(),
            "carrier": shipment.carrier,
            "tracking": shipment.tracking_url or shipment.tracking_code,
        }
        for shipment in queries.shipments_to(email)
    ]


def _erase(email: str) -> None:
    services.forget_tracking(queries.shipments_to(email))


@hookimpl
def permissions() -> Iterable[Permission]:
    yield Permission(
        admin.PACK,
        _l("Pack and send orders, without seeing amounts"),
        frozenset({"packer"}),
        comes_with=(admin.HANDLE,),
    )


@hookimpl
def admin_sections() -> Iterable[AdminSection]:
    yield AdminSection(
        name="shipments",
        label=_l("Parcels"),
        group="sell",
        permission=admin.PACK,
        blueprint=admin.bp,
        endpoint="picks",
        count=order_queries.to_send_query,
        order=15,
    )


@hookimpl
def mail_kinds() -> Iterable[MailKind]:
    yield MailKind(
        name="order-sent",
        title=_l("A parcel was sent"),
        subject=_l("Your order {{ order.number }} is on its way"),
        reason=_l("You get this email because you ordered from us with this email address."),
    )


@hookimpl
def subscribers() -> Iterable[AnySubscriber]:
    yield Subscriber(
        "shipments.announce", ParcelSent, letters.mail_parcel_sent, in_transaction=False
    )
    yield Subscriber("shipments.forget_tracking", OrderErased, _forget)


def _forget(event: OrderErased) -> None:
    services.forget_tracking(queries.shipments_of(event.order_id))
