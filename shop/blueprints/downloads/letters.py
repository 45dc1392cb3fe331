"""New download links by email, for a buyer who knows only the address that the order was placed with."""

from __future__ import annotations

from shop.core import clock, jobs
from shop.core.mail.mailboxes import normal_address
from shop.core.secrets.tokens import fingerprint

LINKS_JOB = "downloads.send_links"
EVERY_SECONDS = 30 * 60


def request_download_links(email: str) -> None:
    """Have the links mailed, by a job, so that nobody can tell from the answer whether there are any.

    One mail an address and half-hour, however often someone asks.
    """
    email = normal_address(email)
    slot = int(clock.now().timestamp()) // EVERY_SECONDS
    key = f"{LINKS_JOB}:{fingerprint(LINKS_JOB, email)}:{slot}"
    jobs.enqueue(LINKS_JOB, {"email": email}, unique_key=key)
