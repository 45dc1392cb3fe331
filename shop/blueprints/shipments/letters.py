"""The mail that a parcel has left."""

from __future__ import annotations

from collections.abc import Callable

from shop.blueprints.orders.mails import prepare_order_mail
from shop.blueprints.shipments import queries
from shop.plugins.api.events import ParcelSent


def mail_parcel_sent(event: ParcelSent) -> Callable[[], None]:
    """Tell the buyer what has left, and where it can be followed."""
    shipment = queries.shipment(event.shipment_id)
    order = shipment.order
    return prepare_order_mail(
        "order-sent", order.email, order, shipment=shipment, rest=order.outstanding
    )
