"""A link that has expired or was used says what it was for, and how to get a new one."""

from __future__ import annotations

import pytest

from shop.blueprints.accounts.guests import services
from shop.blueprints.accounts.mailed_links import links
from shop.core.secrets import tokens
from tests.factories.accounts import make_account, sign_in


@pytest.mark.parametrize(
    ("purpose", "words", "way"),
    [
        (links.RESET, "This link for a new password has ended", "/account/reset"),
        (links.INVITATION, "This invitation has ended", "/account/reset"),
        (links.CONFIRM, "This confirmation link has ended", "/account/register"),
        (links.NEW_EMAIL, "This link for a new email address has ended", "/account/details"),
    ],
)
def test_a_link_that_was_used_says_what_it_was_and_offers_a_new_one(client, purpose, words, way):
    account = make_account()
    sign_in(client, account)
    used = tokens.sign(purpose.name, [account.id, account.email, "another key"])
    place = links.address(purpose, account, account.email).rsplit("/", 1)[0]
    answer = client.get(f"{place}/{used}")
    assert answer.status_code == 410
    assert words in answer.text
    assert f'"{way}"' in answer.text


def test_a_link_to_ones_data_that_has_ended_offers_a_new_one(client):
    account = make_account()
    answer = client.get(f"/account/guest/data/{tokens.sign(services.PURPOSE, account.email)}")
    assert answer.status_code == 410
    assert "This link to your data has ended" in answer.text
