"""Illegal steps can't be taken: the whole matrix of each region, and from one region into another."""

from __future__ import annotations

import pytest

from shop.blueprints.orders import transitions
from shop.blueprints.orders.models import Order
from shop.blueprints.orders.states import REGIONS, OrderState
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from tests.factories.orders import make_order
from tests.payments.test_settling import seen

EVERY = [state for region in REGIONS for state in region]


@pytest.mark.parametrize("region", REGIONS)
def test_only_steps_of_the_tables_are_taken(app, region):
    column, table = REGIONS[region].column, REGIONS[region].allowed
    assert set(table) == set(region)
    order = make_order()
    for come_from in region:
        for to in EVERY:
            with unit_of_work():
                setattr(db.session.get_one(Order, order.id), column, come_from)
            before = len(seen(order).transitions)
            if isinstance(to, region) and to in table[come_from]:
                with unit_of_work():
                    assert transitions.advance(order.id, come_from=come_from, to=to, why="test")
                step = seen(order).transitions[-1]
                assert (step.from_state, step.to_state, step.why) == (come_from, to, "test")
                assert step.state_label == to.label
            else:
                with pytest.raises(ValueError, match="can't go"), unit_of_work():
                    transitions.advance(order.id, come_from=come_from, to=to, why="test")
                assert getattr(seen(order), column) == come_from
                assert len(seen(order).transitions) == before


def test_who_comes_second_takes_no_step(app):
    order = make_order()
    step = {"come_from": OrderState.AWAITING_PAYMENT, "to": OrderState.CANCELLED, "why": "test"}
    with unit_of_work():
        assert transitions.advance(order.id, **step)
        assert not transitions.advance(order.id, **step)
    assert len(seen(order).transitions) == 2
