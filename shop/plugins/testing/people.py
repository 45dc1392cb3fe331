"""People for a plugin's tests, whose address is confirmed."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from shop.blueprints.accounts import passwords
from shop.blueprints.accounts import services as accounts
from shop.core.unit_of_work import unit_of_work

PASSWORD = "four quiet willow boats"
QUICK = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),))
"""What is used on a site takes a fifth of a second for each sign-in."""
_numbers = count(1)


@pytest.fixture
def signed_in(made_site: Flask, monkeypatch: pytest.MonkeyPatch) -> Callable[..., FlaskClient]:
    """Makes somebody with a role (`buyer` when none is named), and returns a browser in which they are signed in."""

    monkeypatch.setattr(passwords, "hasher", QUICK)

    def sign_in(role: str = "buyer", email: str = "") -> FlaskClient:
        address = email or f"person{next(_numbers)}@example.org"
        with made_site.app_context(), unit_of_work():
            accounts.create(
                email=address, name="Ruth Miller", role=role, password=PASSWORD, verified=True
            )
        browser = made_site.test_client()
        answer = browser.post("/account/sign-in", data={"email": address, "password": PASSWORD})
        assert answer.status_code == 303, answer.text
        return browser

    return sign_in
