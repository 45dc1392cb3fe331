"""Coming in and going out."""

from __future__ import annotations

from tests.factories.accounts import make_account, sign_in


def test_a_person_signs_in_and_out(client):
    account = make_account()
    sign_in(client, account)
    assert account.email in client.get("/account/").text
    client.post("/account/sign-out")
    assert client.get("/account/").status_code == 303
