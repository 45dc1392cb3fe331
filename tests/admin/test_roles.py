"""Each role reaches what its work needs, and the owner gives single people more."""

from __future__ import annotations

import pytest

from shop.blueprints.accounts import queries, services
from shop.blueprints.accounts.models import Account, Role
from shop.blueprints.accounts.queries import may
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from shop.plugins import registry
from shop.plugins.manager import PluginError, Registry, _refuse_loose_ends
from shop.plugins.types import Permission
from tests.admin.test_gate import addresses
from tests.factories.accounts import make_account, sign_in
from tests.factories.orders import make_variant
from tests.shipments.test_sending import bought

REACHES = {
    "buyer": set(),
    "author": {"articles", "media"},
    "packer": {"shipments"},
    "moderator": {"comments"},
    "bookkeeper": {"invoices", "order_exports", "sales"},
    "editor": {
        "articles", "authors", "comments", "discounts", "media", "messages", "pages", "products", "redirects", "sales",
        "series", "shipping", "stock", "stock-alerts", "tags", "taxes",
    },
}  # fmt: skip


@pytest.mark.parametrize("role", [role for role in Role if role != Role.OWNER])
def test_a_role_reaches_what_its_work_needs(app, role):
    account = make_account(role)
    sections = registry().admin_sections
    assert {each.name for each in sections if may(account, each.permission)} == REACHES[role]


def test_a_bookkeeper_changes_nothing(app, client):
    make_account("owner")
    sign_in(client, make_account("bookkeeper"))
    posts = [(path, method) for _, method, path in addresses(app) if method != "GET"]
    assert posts
    for path, method in posts:
        assert client.open(path, method=method).status_code == 403, path


def test_a_bookkeeper_is_led_to_the_export_and_nowhere_that_is_closed(client):
    bought((make_variant(title="Atlas", digital=False, stock=5), 1))
    sign_in(client, make_account("bookkeeper"))
    for page in ("/admin/invoices/", "/admin/sales/"):
        said = client.get(page).text
        assert "/admin/orders/export" in said
        assert 'href="/admin/orders/"' not in said
        assert "/admin/settings/" not in said
    assert "Placed from" in client.get("/admin/orders/export").text
    assert "Atlas" in client.get("/admin/orders/export?as=csv", buffered=True).text


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_a_packer_sees_what_to_send_and_no_sums(client, guarded):
    order = bought((make_variant(title="Atlas", price=1437, digital=False, stock=5), 2))
    given = () if guarded else ["orders.manage"]
    sign_in(client, make_account("packer", given=given))
    pages = [
        client.get(path).text
        for path in (
            "/admin/shipments/",
            "/admin/shipments/orders",
            f"/admin/shipments/orders/{order.id}",
            f"/admin/orders/{order.id}",
        )
    ]
    assert all("Atlas" in page for page in pages[:3])
    assert ("14.37" not in "".join(pages) and "28.74" not in "".join(pages)) is guarded


def test_a_packer_sends_from_the_list_and_then_sees_no_more_of_the_order(client):
    order = bought((make_variant(title="Atlas", digital=False, stock=5), 2))
    sign_in(client, make_account("packer"))
    assert order.address["name"] in client.get("/admin/shipments/orders").text
    assert order.number in client.get(f"/admin/shipments/slips?ids={order.id}").text
    answer = client.post("/admin/shipments/many", data={"ids": order.id, "verb": "sent"})
    assert answer.location == "/admin/shipments/orders"
    page = client.get("/admin/shipments/orders").text
    assert "1 order is marked as sent." in page
    assert order.number not in page
    assert client.get(f"/admin/shipments/orders/{order.id}").status_code == 404
    assert order.number not in client.get(f"/admin/shipments/slips?ids={order.id}").text


def save(owner, account, **values):
    form = {"name": account.name, "role": account.role, **values}
    return owner.post(f"/admin/users/{account.id}", data=form)


@pytest.fixture
def owner(app):
    return sign_in(app.test_client(), make_account("owner"))


def test_the_owner_gives_an_editor_the_newsletter_and_takes_it_back(owner, client):
    editor = make_account("editor")
    sign_in(client, editor)
    assert client.get("/admin/newsletter/").status_code == 403
    assert "See subscribers" in owner.get(f"/admin/users/{editor.id}").text
    assert save(owner, editor, given=["newsletter.manage"]).status_code == 303
    assert client.get("/admin/newsletter/").status_code == 200
    save(owner, editor)
    assert client.get("/admin/newsletter/").status_code == 403


def test_the_house_is_given_to_nobody(owner):
    editor = make_account("editor")
    assert "Change settings" not in owner.get(f"/admin/users/{editor.id}").text
    assert save(owner, editor, given=["users.manage"]).status_code == 422
    assert not may(make_account("editor", given=["users.manage"]), "users.manage")


def test_who_becomes_a_buyer_keeps_nothing_that_was_given(owner):
    editor = make_account("editor", given=["orders.manage"])
    save(owner, editor, role="buyer", given=["orders.manage"])
    db.session.expire_all()
    assert db.session.get(Account, editor.id).given == []
    with unit_of_work():
        services.give_role(
            queries.account_or_404(editor.id), Role.EDITOR, by=make_account_of_owner()
        )
    assert not may(db.session.get(Account, editor.id), "orders.manage")


def make_account_of_owner() -> Account:
    return db.session.query(Account).filter_by(role="owner").one()


def test_a_permission_that_comes_with_an_unknown_one_stops_the_start():
    wrong = Permission("tea.pour", "Pour", frozenset(), comes_with=("tea.make",))
    with pytest.raises(PluginError, match=r"'tea.pour'.*'tea.make'"):
        _refuse_loose_ends(Registry(permissions=[wrong]))
