"""After a sign-out the next visitor of the browser learns nothing of the person before."""

from __future__ import annotations

import pytest

from shop.blueprints.accounts import sessions
from tests.checkout.buying import WHERE, check_out, put_in
from tests.factories.accounts import make_account, sign_in
from tests.factories.comments import make_article
from tests.factories.orders import make_variant


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_signing_out_forgets_who_was_about_to_buy(client, monkeypatch, guarded):
    if not guarded:
        monkeypatch.setattr(sessions, "_forgetters", [])
    variant = make_variant(digital=False, stock=5)
    sign_in(client, make_account(email="ruth@example.org"))
    put_in(client, variant)
    client.post("/cart", data={"note": "For my sister."})
    assert check_out(client, **WHERE).status_code == 303
    client.post("/account/sign-out")
    put_in(client, variant)
    said = client.get("/cart").text + client.get("/checkout").text
    for word in ("For my sister.", "Ruth", "ruth@example.org", "4 Quiet Lane"):
        assert (word not in said) is guarded, word


def test_signing_out_empties_the_badge(client):
    sign_in(client, make_account())
    put_in(client, make_variant())
    client.post("/account/sign-out")
    assert client.get_cookie("cart") is None
    assert client.get_cookie("cart_count") is None


def test_signing_out_lets_nobody_change_what_was_written_before(client):
    article = make_article()
    client.post(
        f"/articles/{article.slug}/comments",
        data={"author": "Ruth", "email": "ruth@example.org", "body": "A word of mine."},
    )
    assert client.get_cookie("commenter")
    sign_in(client, make_account())
    client.post("/account/sign-out")
    assert client.get_cookie("commenter") is None


def test_a_guest_who_chooses_a_new_password_keeps_the_cart(client):
    put_in(client, make_variant())
    client.post("/account/sign-out")
    assert client.get_cookie("cart")
