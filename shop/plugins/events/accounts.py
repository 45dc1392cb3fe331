"""Facts of accounts."""

from __future__ import annotations

from dataclasses import dataclass

from shop.core.events import Event


@dataclass(frozen=True, slots=True)
class EmailVerified(Event):
    """A person has shown that mail to this address reaches them: what belongs to the address is theirs.

    `email` is lower case, and no longer the account's when it has been changed since.

    Attributes:
        account_id: whose account.
        email: the address that was shown to be theirs, lower case.
    """

    account_id: int
    email: str
