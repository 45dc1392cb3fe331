"""The mail that a parcel has left."""

from __future__ import annotations

from shop.blueprints.orders.mails import link_mail
from shop.blueprints.shipments import queries
from shop.core import mail
from shop.plugins.api.events import ParcelSent


def mail_parcel_sent(event: ParcelSent) -> None:
    """Tell the buyer what has left, and where it can be followed."""
    shipment = queries.shipment(event.shipment_id)
    order = shipment.order
    context = {"order": order, "shipment": shipment, "rest": order.outstanding}
    link_mail(order, mail.queue("order-sent", order.email, context))
