"""The back office opens to whom it should."""

from __future__ import annotations

import pytest

from tests.factories.accounts import make_account, sign_in


def test_the_owner_opens_every_first_page(client):
    owner = make_account("owner")
    sign_in(client, owner)
    for path in (
        "/admin/",
        "/admin/users/",
        "/admin/users/new",
        f"/admin/users/{owner.id}",
        "/admin/settings/site",
        "/admin/mail/",
        "/admin/jobs/",
        "/admin/jobs/?state=done",
        "/admin/plugins/",
    ):
        assert client.get(path).status_code == 200, path


@pytest.mark.parametrize("path", ["/admin/", "/admin/users/"])
def test_a_buyer_is_refused(client, path):
    sign_in(client, make_account("buyer"))
    assert client.get(path).status_code == 403
