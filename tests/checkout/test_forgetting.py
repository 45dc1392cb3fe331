"""After a sign-out the next visitor of the browser learns nothing of the person before."""

from __future__ import annotations

import pytest
import time_machine

from shop.blueprints.accounts.signing_in import sessions
from shop.core import clock
from tests.checkout.buying import WHERE, check_out, put_in
from tests.factories.accounts import PASSWORD, make_account, sign_in
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


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
@pytest.mark.parametrize("first", ["/checkout", "/cart", None])
def test_a_session_that_ended_elsewhere_leaves_nothing_of_its_person(
    app, client, monkeypatch, guarded, first
):
    if not guarded:
        monkeypatch.setattr(sessions, "has_ended", lambda: False)
    account, variant = make_account(email="ruth@example.org"), make_variant(digital=False, stock=5)
    sign_in(client, account)
    put_in(client, variant)
    assert check_out(client, **WHERE).status_code == 303
    elsewhere = sign_in(app.test_client(), account)
    elsewhere.post("/account/sessions/end-others")
    said = client.get(first).text if first else ""
    put_in(client, variant)
    said += client.get("/cart").text + client.get("/checkout").text
    assert 'name="line1"' in said
    assert ("4 Quiet Lane" not in said) is guarded


def test_another_person_who_signs_in_over_a_session_finds_nothing_of_the_first(client):
    variant = make_variant(digital=False, stock=5)
    sign_in(client, make_account(email="ruth@example.org"))
    put_in(client, variant)
    assert check_out(client, **WHERE).status_code == 303
    sign_in(client, make_account(email="ann@example.org"))
    assert client.get_cookie("cart") is None


def test_who_comes_back_after_a_long_time_and_signs_in_keeps_the_cart(client):
    account = make_account()
    with time_machine.travel(clock.now(), tick=True) as traveller:
        sign_in(client, account)
        put_in(client, make_variant())
        traveller.shift(20 * 24 * 3600)
        assert client.get("/account/").status_code == 303
        sign_in(client, account)
        assert client.get_cookie("cart")


def test_a_new_password_of_ones_own_keeps_the_cart(client):
    sign_in(client, make_account())
    put_in(client, make_variant())
    new = "seven slow yellow kites"
    answer = client.post(
        "/account/password", data={"current": PASSWORD, "password": new, "again": new}
    )
    assert answer.status_code == 303
    assert client.get_cookie("cart")


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
