"""People for tests, with a password that costs nothing to check."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count

from flask.testing import FlaskClient
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from shop.blueprints.accounts import passwords
from shop.blueprints.accounts.models import Account, Role
from shop.core import clock
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db

PASSWORD = "four quiet willow boats"

# Argon2 at its weakest: the real thing takes 0.2 s a time.
passwords.hasher = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),))

_numbers = count(1)
_hash: list[str] = []


def make_account(
    role: Role | str = Role.BUYER,
    email: str | None = None,
    name: str = "Ruth Miller",
    *,
    verified: bool = True,
    password: str | None = PASSWORD,
    given: Iterable[str] = (),
) -> Account:
    """A stored account; publishes no event. Its password is `PASSWORD`, unless another or None is given. `given` are
    permissions beyond the role.
    """
    account = Account(
        email=email or f"person{next(_numbers)}@example.org",
        name=name,
        role=Role(role),
        password_hash=_hash_of(password),
        email_verified_at=clock.now() if verified else None,
        given=sorted(given),
    )
    with unit_of_work():
        db.session.add(account)
    return account


def sign_in(client: FlaskClient, account: Account, password: str = PASSWORD) -> FlaskClient:
    """Sign a browser in; returns it."""
    answer = client.post("/account/sign-in", data={"email": account.email, "password": password})
    assert answer.status_code == 303, "the sign-in was refused"
    return client


def _hash_of(password: str | None) -> str | None:
    if password != PASSWORD:
        return None if password is None else passwords.make_hash(password)
    if not _hash:
        _hash.append(passwords.make_hash(PASSWORD))
    return _hash[0]
