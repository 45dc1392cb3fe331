"""Mails about an account. A job writes them, so that asking takes the same time whether or not there is an account."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from shop.blueprints.accounts import queries
from shop.blueprints.accounts.mailed_links import links
from shop.blueprints.accounts.models import Account
from shop.core import jobs, mail
from shop.core.mail import turns
from shop.core.mail.mailboxes import normal_address
from shop.plugins.api import JobKind, db

EVERY = timedelta(hours=1)
"""A mail that a stranger can ask for goes to a mailbox at most so often."""

PURPOSES = {
    "confirm": links.CONFIRM,
    "reset": links.RESET,
    "invitation": links.INVITATION,
    "new-email": links.NEW_EMAIL,
}


def queue_account_mail(
    kind: str, account: Account, *, to: str | None = None, device: str = ""
) -> None:
    """Have an email written to an account, or to another address on its behalf. `device`: what it is about."""
    work = {"letter": kind, "to": to or account.email, "account": account.id, "device": device}
    jobs.enqueue(JOB.name, work)


def queue_reset_mail(email: str) -> None:
    """Have a link to choose a new password sent to whoever has an account with this address, if anyone has."""
    jobs.enqueue(JOB.name, {"letter": "reset", "to": normal_address(email), "account": None})


def write_account_mail(payload: dict[str, Any]) -> Callable[[], None] | None:
    """The job: render one email; what is returned queues it, if it is its turn."""
    kind, to = payload["letter"], payload["to"]
    account = (
        db.session.get(Account, payload["account"])
        if payload["account"] is not None
        else queries.account_of(to)
    )
    is_asked_by_anyone = payload["account"] is None
    if account is None or (
        is_asked_by_anyone and not turns.has_turn(_turns_of(account), account.email)
    ):
        return None
    purpose = PURPOSES.get(kind)
    link = links.address(purpose, account, to) if purpose else ""
    written = mail.write(
        f"account-{kind}",
        to,
        {"account": account, "link": link, "device": payload.get("device", "")},
    )
    return partial(_queue, account.id, written, is_asked_by_anyone=is_asked_by_anyone)


def _queue(account_id: int, written: mail.WrittenMail, *, is_asked_by_anyone: bool) -> None:
    account = db.session.get(Account, account_id)
    if account is None:
        return
    if is_asked_by_anyone and not turns.take_turn(_turns_of(account), account.email, every=EVERY):
        return
    mail.queue_written(written)


def give_mail_back(account: Account) -> None:
    """Its person has acted on a link for a new password: another may be asked for at once."""
    turns.give_turn_back(_turns_of(account), account.email)


def _turns_of(account: Account) -> str:
    """A registration that nobody proved counts for its mailbox, or a stranger could make many of them; a person's
    account counts for itself, or those many would use up its turns.
    """
    return f"accounts.reset.{account.id}" if account.is_verified else "accounts.reset"


# Its name, and `letter` in what it is given, stand in the queues of sites that are being upgraded.
JOB = JobKind(name="accounts.letter", handle=write_account_mail, in_transaction=False)
