"""The job that renews the download links of a buyer, and mails them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from shop.blueprints.downloads import links, queries, services
from shop.blueprints.downloads.letters import LINKS_JOB
from shop.blueprints.downloads.models import DownloadGrant
from shop.blueprints.downloads.queries import Offer
from shop.blueprints.orders.models import Order
from shop.blueprints.orders.queries import paid_orders_of_email
from shop.core import mail
from shop.plugins.api import JobKind, Refused, unit_of_work

ORDERS_AT_MOST = 20


def send_download_links(payload: dict[str, Any]) -> Callable[[], None] | None:
    """The job: send a buyer fresh links to their purchases; nothing when there are none."""
    with unit_of_work():
        for order in paid_orders_of_email(payload["email"], ORDERS_AT_MOST):
            services.grant_missing(order)
            for grant in queries.newest_grants(order):
                _refresh(grant)
    shelves: list[tuple[Order, list[Offer]]] = []
    for order in paid_orders_of_email(payload["email"], ORDERS_AT_MOST):
        offers = queries.offers(queries.newest_grants(order))
        if any(offer.grant.is_usable for offer in offers):
            shelves.append((order, offers))
    if not shelves:
        return None
    context = {"shelves": shelves, "link": links.download_address}
    return mail.prepare_mail("download-links", payload["email"], context)


def _refresh(grant: DownloadGrant) -> None:
    with suppress(Refused):
        services.renew(grant)


JOB = JobKind(name=LINKS_JOB, handle=send_download_links, in_transaction=False)
