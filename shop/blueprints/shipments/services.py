"""What happens to parcels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from flask_babel import gettext as _

from shop.blueprints.accounts.models import Account
from shop.blueprints.orders import fulfilment
from shop.blueprints.orders import queries as order_queries
from shop.blueprints.orders.models import Order
from shop.blueprints.shipments import queries
from shop.blueprints.shipments.carriers import Carrier, carrier_named, checked_link
from shop.blueprints.shipments.models import Shipment, ShipmentLine
from shop.core.secrets.tokens import random_token
from shop.plugins.api import db, publish
from shop.plugins.api.events import ParcelSent


def send_parcel(
    order: Order,
    pieces: Mapping[int, int],
    *,
    carrier: str = "",
    code: str = "",
    url: str = "",
    by: Account | None = None,
    key: str = "",
) -> Shipment:
    """Note that items, by order line, left in a parcel. Only inside a unit of work.

    Args:
        url: where it can be followed; worked out from carrier and code when empty.
        key: names the page whose button was pressed; pressed again, it finds the same parcel.

    Raises:
        Refused: fewer are left to send, the order can't be sent, or the link is none.
    """
    order = order_queries.lock(order.id)
    before = queries.shipment_of_key(order.id, key) if key else None
    if before is not None:
        return before
    who = carrier_named(carrier)
    shipment = Shipment(
        order_id=order.id,
        carrier=who.name,
        tracking_code=code,
        tracking_url=checked_link(url) or who.link(code),
        page_key=f"{order.id}-{key}" if key else random_token(),
        by_id=by.id if by else None,
        lines=[
            ShipmentLine(order_line_id=line_id, quantity=quantity)
            for line_id, quantity in sorted(pieces.items())
        ],
    )
    fulfilment.ship_pieces(order, pieces, why=_why(sum(pieces.values()), who), by=by)
    db.session.add(shipment)
    db.session.flush()
    publish(ParcelSent(shipment_id=shipment.id))
    return shipment


def send_rest(order_id: int, *, by: Account | None) -> Shipment:
    """Note that all that was left of an order was shipped, without tracking.

    Raises:
        Refused: nothing was left, or it can't be sent.
    """
    order = order_queries.lock(order_id)
    return send_parcel(order, {line.id: line.outstanding for line in order.outstanding}, by=by)


def forget_tracking(shipments: Iterable[Shipment]) -> None:
    """Forget where parcels can be followed: their carriers know who got them."""
    for shipment in shipments:
        shipment.tracking_code = shipment.tracking_url = ""


def _why(pieces: int, carrier: Carrier) -> str:
    # Without the code, which has to be forgotten with its buyer.
    said = _("%(pieces)d sent", pieces=pieces)
    return f"{said}: {carrier.name}" if carrier.name else str(said)
