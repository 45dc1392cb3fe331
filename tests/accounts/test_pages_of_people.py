"""What the pages of people who sign in have in common."""

from __future__ import annotations

from bs4 import BeautifulSoup

from tests.factories.accounts import make_account, sign_in

BEFORE = ("/account/sign-in", "/account/register")
INSIDE = (
    "/account/",
    "/account/details",
    "/account/password",
    "/account/sessions",
    "/account/data",
)


def secrets_on(answer):
    """The fields of a page that ask for a password."""
    page = BeautifulSoup(answer.text, "html.parser")
    return [each for each in page.find_all("input") if each.get("name") in {"password", "current"}]


def test_a_password_is_typed_unseen_and_may_come_from_a_password_manager(client):
    fields = [field for path in BEFORE for field in secrets_on(client.get(path))]
    sign_in(client, make_account())
    fields += [field for path in INSIDE for field in secrets_on(client.get(path))]
    assert len(fields) >= 6
    for field in fields:
        assert field["type"] == "password", field
        assert field["autocomplete"] in {"current-password", "new-password"}, field
        assert not {"maxlength", "pattern", "readonly"} & set(field.attrs), field
        assert field["value"] == "", field


def test_every_page_of_somebody_who_is_signed_in_has_a_way_out(client):
    sign_in(client, make_account("owner"))
    for path in (*INSIDE, "/admin/", "/admin/users/", "/admin/orders/"):
        page = BeautifulSoup(client.get(path).text, "html.parser")
        assert page.find("form", method="post", action="/account/sign-out"), path


def test_signing_out_empties_the_browsers_storage(client):
    sign_in(client, make_account("editor"))
    assert "Clear-Site-Data" not in client.get("/account/").headers
    assert client.post("/account/sign-out").headers["Clear-Site-Data"] == '"storage"'
