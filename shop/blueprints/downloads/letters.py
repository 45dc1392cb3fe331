"""New download links by email, for a buyer who knows only the address that the order was placed with."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from shop.blueprints.downloads import links, queries, services
from shop.blueprints.downloads.models import DownloadGrant
from shop.blueprints.downloads.queries import Offer
from shop.blueprints.orders.models import Order
from shop.blueprints.orders.queries import paid_orders_of_email
from shop.core import clock, jobs, mail
from shop.core.mail.mailboxes import normal_address
from shop.core.secrets.tokens import fingerprint
from shop.plugins.api import JobKind, Refused, unit_of_work

LINKS_JOB = "downloads.send_links"
ORDERS_AT_MOST = 20
EVERY_SECONDS = 30 * 60


def request_download_links(email: str) -> None:
    """Have the links mailed, by a job, so that nobody can tell from the answer whether there are any.

    One mail an address and half-hour, however often someone asks.
    """
    email = normal_address(email)
    slot = int(clock.now().timestamp()) // EVERY_SECONDS
    key = f"{LINKS_JOB}:{fingerprint(LINKS_JOB, email)}:{slot}"
    jobs.enqueue(LINKS_JOB, {"email": email}, unique_key=key)


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
    return mail.prepare("download-links", payload["email"], context)


def _refresh(grant: DownloadGrant) -> None:
    with suppress(Refused):
        services.renew(grant)


JOB = JobKind(name=LINKS_JOB, handle=send_download_links, in_transaction=False)
