"""What guessing at an account is limited by: who asks, and whom it is about."""

from __future__ import annotations

from flask import request

from shop.blueprints.accounts.signing_in.device_cookie import known_device
from shop.core.mail.mailboxes import mailbox_of, normal_address
from shop.core.secrets.tokens import fingerprint
from shop.extensions import limiter, network_of_visitor


def account_named() -> str:
    """Whom a form is about: what limits guessing at one account from many networks."""
    return "account:" + fingerprint("limits", normal_address(_typed_address()))


def mailbox_named() -> str:
    """Where the mail would go that a form asks for."""
    return "mailbox:" + fingerprint("limits", mailbox_of(_typed_address()))


def where_from() -> str:
    """Who is asking, to limit by: a device that the named person has used before counts by itself, so that nobody
    else in its network, and no crowd elsewhere, can keep that person out.
    """
    return known_device(_typed_address()) or network_of_visitor()


def guesser() -> str:
    """Who is asking about whom."""
    return f"{account_named()}:{where_from()}"


def is_known_device() -> bool:
    """Whether the named person has signed in here before."""
    return bool(known_device(_typed_address()))


def _typed_address() -> str:
    return request.form.get("email", "")[:400]


by_address = limiter.shared_limit(
    "60 per minute; 600 per day", scope="accounts", key_func=lambda: where_from()
)
