"""What the manual promises of each point of a page: that it is drawn, with arguments that have these attributes."""

from __future__ import annotations

import pytest

from shop.blueprints.accounts.models import Role
from shop.plugins.drawing import slots
from shop.plugins.drawing.slots import POINTS, SlotTable
from tests.checkout.buying import put_in
from tests.factories.accounts import make_account, sign_in
from tests.factories.articles import make_article
from tests.factories.catalog import make_product
from tests.factories.orders import make_free_order


@pytest.fixture
def drawn(monkeypatch):
    """What each point got: for each argument, the promised type, or the one that it has instead."""
    found = {}
    draw = SlotTable.draw

    def note(table, point, handed=slots.NOTHING, **arguments):
        found[point] = {
            name: promised
            if isinstance(value, promised := POINTS[point].arguments.get(name, type(None)))
            else type(value)
            for name, value in arguments.items()
        }
        return draw(table, point, handed, **arguments)

    monkeypatch.setattr(SlotTable, "draw", note)
    return found


def test_every_point_is_drawn_with_what_the_manual_promises(app, drawn, outbox, run_jobs):
    owner = make_account(Role.OWNER)
    article, product = make_article(), make_product(title="The Little Guide")
    make_product({"left": 0})
    order = make_free_order(account_id=owner.id)
    run_jobs()
    buyer = sign_in(app.test_client(), owner)
    put_in(buyer, product.variants[0])
    for page in (
        "/",
        f"/articles/{article.slug}",
        "/shop/",
        f"/shop/{product.slug}",
        "/cart",
        "/checkout",
        f"/orders/{order.token}",
        "/account/",
        "/admin/",
        "/admin/orders/",
        "/admin/articles/new",
        f"/admin/orders/{order.id}",
    ):
        assert buyer.get(page).status_code == 200, page
    assert drawn == {name: dict(point.arguments) for name, point in POINTS.items()}
