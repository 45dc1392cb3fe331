"""Mails about an account. A job writes them, so that asking takes the same time whether or not there is an account."""

from __future__ import annotations

from typing import Any

from shop.blueprints.accounts import links, queries
from shop.blueprints.accounts.models import Account
from shop.core import jobs, mail
from shop.core.jobs import JobKind
from shop.extensions import db

PURPOSES = {
    "confirm": links.CONFIRM,
    "reset": links.RESET,
    "invitation": links.INVITATION,
    "new-email": links.NEW_EMAIL,
}


def ask_for(letter: str, account: Account, *, to: str | None = None) -> None:
    """Have a letter written to an account, or to another address on its behalf."""
    jobs.enqueue(
        "accounts.letter", {"letter": letter, "to": to or account.email, "account": account.id}
    )


def ask_for_reset(email: str) -> None:
    """Have a link to choose a new password sent to whoever has an account with this address, if anybody has."""
    jobs.enqueue("accounts.letter", {"letter": "reset", "to": email.lower(), "account": None})


def write(payload: dict[str, Any]) -> None:
    """The job: queue one letter."""
    letter, to = payload["letter"], payload["to"]
    account = (
        db.session.get(Account, payload["account"])
        if payload["account"] is not None
        else queries.account_of(to)
    )
    if account is None:
        return
    purpose = PURPOSES.get(letter)
    link = links.address(purpose, account, to) if purpose else ""
    mail.queue(f"account-{letter}", to, {"account": account, "link": link})


JOB = JobKind(name="accounts.letter", handle=write)
