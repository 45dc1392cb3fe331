"""How the author of a comment is recognised: by the account, or by a cookie of the browser that sent it.

The cookie is set with the first comment, for us alone (HttpOnly), and opens nothing but what was written with it. With
the comment a keyed hash is kept, so that nobody who reads the database can change what others wrote. Another cookie
keeps which comments this browser marked as helpful, so that it can take that back.
"""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response

from shop.blueprints.accounts.models import Account
from shop.blueprints.accounts.queries import current_account
from shop.blueprints.accounts.signing_in import sessions
from shop.core.errors import ShopError
from shop.core.secrets import tokens
from shop.core.web.cookies import cookie, forget_cookie, set_cookie

COOKIE = "commenter"
SECONDS = 30 * 24 * 3600
_PURPOSE = "comments.edit"
MARKS = "helpful"
SECONDS_OF_MARKS = 90 * 24 * 3600
MOST_MARKS = 30


def keys_of_visitor() -> list[str]:
    """The `edit_key`s of what this visitor wrote."""
    account, token = current_account(), _token()
    keys = [key_of_account(account)] if account else []
    return [*keys, _key_of_token(token)] if token else keys


def verified_email() -> str | None:
    """The address of a signed-in visitor: what was sent with it is theirs, whichever browser they used."""
    account = current_account()
    return account.email if account is not None and account.is_verified else None


def key_of_account(account: Account) -> str:
    """What an account's comments are known by."""
    return tokens.fingerprint(_PURPOSE, f"account:{account.id}")


def key_for_new() -> tuple[str, str | None]:
    """The `edit_key` of a comment that this visitor sends, and the token that a guest's browser has to keep."""
    account = current_account()
    if account is not None:
        return key_of_account(account), None
    token = _token() or tokens.random_token()
    return _key_of_token(token), token


def remember(response: Response, token: str) -> Response:
    """Let a guest's browser keep its token for another 30 days."""
    set_cookie(response, COOKIE, tokens.sign(COOKIE, token), seconds=SECONDS)
    return response


def marks() -> dict[int, str]:
    """The comments that this browser marked as helpful, oldest first, each with the beginning of the mark's key."""
    kept = cookie(MARKS)
    if not kept or sessions.has_ended():
        return {}
    try:
        return {int(number): str(key) for number, key in tokens.unsign(MARKS, kept)}
    except (ShopError, TypeError, ValueError):  # not ours, or of another version's shape
        return {}


def remember_marks(response: Response, kept: Mapping[int, str]) -> Response:
    """Let the browser keep the newest of its marks for 90 days, as long as we do."""
    if not kept:
        forget_cookie(response, MARKS)
        return response
    signed = tokens.sign(MARKS, [*kept.items()][-MOST_MARKS:])
    set_cookie(response, MARKS, signed, seconds=SECONDS_OF_MARKS)
    return response


@sessions.at_sign_out
def forget_commenter(response: Response) -> Response:
    """Let the browser lose what it could change comments and take marks back with: the next visitor is another."""
    forget_cookie(response, COOKIE)
    forget_cookie(response, MARKS)
    return response


def _token() -> str | None:
    kept = cookie(COOKIE)
    if not kept or sessions.has_ended():
        return None
    try:
        token = tokens.unsign(COOKIE, kept, max_age=SECONDS)
    except ShopError:
        return None
    return token if isinstance(token, str) else None


def _key_of_token(token: str) -> str:
    return tokens.fingerprint(_PURPOSE, f"browser:{token}")
