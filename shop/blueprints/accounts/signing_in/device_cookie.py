"""Browsers in which a person has signed in before, known again by a signed cookie that names no one.

Whoever guesses at an account from elsewhere uses up the tries of elsewhere, never those of a known device.
"""

from __future__ import annotations

from flask import Response, after_this_request

from shop.blueprints.accounts.models import Account
from shop.core.errors import ShopError
from shop.core.mail.mailboxes import normal_address
from shop.core.secrets import tokens
from shop.core.web.cookies import cookie, set_cookie

COOKIE = "device"
SECONDS = 365 * 24 * 3600
MOST_PEOPLE = 5
"""So many people of a shared browser are known in it, those who signed in last."""

_PURPOSE = "accounts.device"


def remember(account: Account) -> None:
    """Know this browser as one of this person's from now on."""
    device, people = _read()
    person = _name_of(account.email)
    kept = [person, *(each for each in people if each != person)][:MOST_PEOPLE]
    signed = tokens.sign(_PURPOSE, [device or tokens.random_token(), kept])

    def set_it(response: Response) -> Response:
        set_cookie(response, COOKIE, signed, seconds=SECONDS)
        return response

    after_this_request(set_it)


def known_device(email: str) -> str:
    """The name of this browser, if the person of an address has signed in here before; else empty."""
    device, people = _read()
    return device if _name_of(normal_address(email)) in people else ""


def _name_of(email: str) -> str:
    return tokens.fingerprint(_PURPOSE, email)[:32]


def _read() -> tuple[str, list[str]]:
    try:
        device, people = tokens.unsign(_PURPOSE, cookie(COOKIE) or "", max_age=SECONDS)
    except ShopError:
        return "", []
    return str(device), [str(each) for each in people]
