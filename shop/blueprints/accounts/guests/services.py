"""People without an account, and what we keep about them: a link that reaches their mailbox shows who they are.

A job looks whether there is anything, so that asking takes the same time and gets the same answer for every address.
Whoever has an account is sent to it: there a password guards what this link would give to anyone with the mail.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from shop.blueprints.accounts import personal, queries
from shop.core import clock, jobs, mail
from shop.core.mail.mailboxes import normal_address
from shop.core.secrets import tokens
from shop.core.web.security import absolute_url
from shop.plugins.api import Gone, JobKind

PURPOSE = "accounts.guest_data"
LINK_SECONDS = 2 * 3600


class GuestLinkEnded(Gone):
    """A link to what is kept about an address has expired, or its person has an account by now."""


def queue_guest_mail(email: str) -> None:
    """Have a link mailed to an address, if anything is kept about it: one an hour, however often it is asked for."""
    email = normal_address(email)
    once = f"{PURPOSE}:{tokens.fingerprint(PURPOSE, email)}:{clock.now():%Y%m%d%H}"
    jobs.enqueue(JOB.name, {"email": email}, unique_key=once)


def write_guest_mail(payload: dict[str, Any]) -> Callable[[], None] | None:
    """The job: render the email; what is returned queues it."""
    email = payload["email"]
    if has_account(email):
        link = absolute_url("accounts.data")
    elif any(personal.export(email).values()):
        link = absolute_url("accounts.guest_data", token=tokens.sign(PURPOSE, email))
    else:
        return None
    context = {"link": link, "has_account": has_account(email)}
    return mail.prepare_mail("account-guest-data", email, context)


JOB = JobKind(name=PURPOSE, handle=write_guest_mail, in_transaction=False)


def has_account(email: str) -> bool:
    """Whether the owner of an address has an account that proves it."""
    account = queries.account_of(email)
    return account is not None and account.is_verified


def follow_guest_link(token: str) -> str:
    """The address that a link was mailed to.

    Raises:
        GuestLinkEnded: it has expired, or there is an account by now.
        NotFound: it is not one of ours.
    """
    try:
        email = str(tokens.unsign(PURPOSE, token, max_age=LINK_SECONDS))
    except Gone:
        raise GuestLinkEnded from None
    if has_account(email):
        raise GuestLinkEnded
    return email
