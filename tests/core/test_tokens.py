"""What is signed, and by which hash."""

from __future__ import annotations

import base64

import pytest
from itsdangerous import URLSafeTimedSerializer

from shop.core.errors import Gone, NotFound
from shop.core.secrets import tokens
from tests.factories.accounts import make_account, sign_in

SHA_256_BYTES = 32


def bytes_of_signature(signed):
    signature = signed.rpartition(".")[2]
    return len(base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4)))


def test_links_and_sessions_are_signed_with_sha_256(app, client):
    sign_in(client, make_account())
    assert bytes_of_signature(tokens.sign("tests", [1])) == SHA_256_BYTES
    assert bytes_of_signature(client.get_cookie("session").value) == SHA_256_BYTES


def test_a_link_that_was_mailed_before_still_opens(app):
    before = URLSafeTimedSerializer(app.config["SECRET_KEY"], salt="shop.tests").dumps([1])
    assert bytes_of_signature(before) < SHA_256_BYTES
    assert tokens.unsign("tests", before) == [1]


def test_what_was_changed_signed_otherwise_or_for_something_else_opens_nothing(app):
    token = tokens.sign("tests", [1])
    unsigned = token.rpartition(".")[0] + "."
    with_another_key = URLSafeTimedSerializer("another key", salt="shop.tests").dumps([1])
    for wrong in (token[1:], token[:-2], unsigned, with_another_key, tokens.sign("more", [1]), ""):
        with pytest.raises(NotFound):
            tokens.unsign("tests", wrong)


def test_a_token_ends(app):
    token = tokens.sign("tests", [1])
    with pytest.raises(Gone):
        tokens.unsign("tests", token, max_age=-1)


def test_random_tokens_have_192_bits_and_are_never_the_same():
    many = {tokens.random_token() for _ in range(1000)}
    assert len(many) == 1000
    assert {len(base64.urlsafe_b64decode(each)) * 8 for each in many} == {192}
