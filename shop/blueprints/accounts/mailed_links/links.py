"""Links that we mail to a person: signed, for one purpose, for a while, and dead once the password has changed."""

from __future__ import annotations

from dataclasses import dataclass

from shop.blueprints.accounts.models import Account
from shop.core.secrets import tokens
from shop.core.web.security import absolute_url
from shop.plugins.api import Gone, db

HOUR = 3600
DAY = 24 * HOUR


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a link is for. `max_age` in seconds."""

    name: str
    endpoint: str
    max_age: int


CONFIRM = Purpose("accounts.confirm", "accounts.confirmation", 3 * DAY)
RESET = Purpose("accounts.reset", "accounts.new_password", 2 * HOUR)
INVITATION = Purpose("accounts.invitation", "accounts.invitation", 7 * DAY)
NEW_EMAIL = Purpose("accounts.new_email", "accounts.new_email", DAY)


class LinkEnded(Gone):
    """A link of ours that has expired or was used. `purpose` is what it was for: its name."""

    def __init__(self, purpose: str) -> None:
        super().__init__()
        self.purpose = purpose


def address(purpose: Purpose, account: Account, email: str) -> str:
    """The whole address of a link for this person, as known by `email`."""
    return absolute_url(
        purpose.endpoint,
        token=tokens.sign(purpose.name, [account.id, email, _key(purpose, account)]),
    )


def follow_link(purpose: Purpose, token: str, *, is_used: bool = False) -> tuple[Account, str]:
    """The account that a link is for, and the address that it was mailed to.

    Whoever acts on it says that the link `is_used`, inside the unit of work that does: then the account is as it is
    now, and locked.

    Raises:
        LinkEnded: it has expired, or the password or the account behind it has changed.
        NotFound: it is not one of ours.
    """
    try:
        account_id, email, key = tokens.unsign(purpose.name, token, max_age=purpose.max_age)
    except Gone:
        raise LinkEnded(purpose.name) from None
    account = db.session.get(
        Account, account_id, with_for_update=is_used, populate_existing=is_used
    )
    if account is None or key != _key(purpose, account):
        raise LinkEnded(purpose.name)
    if purpose is not NEW_EMAIL and account.email != email:
        raise LinkEnded(purpose.name)
    return account, email


def _key(purpose: Purpose, account: Account) -> str:
    # The key itself must not stand in a mail.
    return tokens.fingerprint(purpose.name, account.link_key)[:32]
