"""The lists of the admin that are searched for a part of a word have an index for it on PostgreSQL."""

from __future__ import annotations

import pytest
from sqlalchemy import event, text

from shop.blueprints.accounts import queries as accounts
from shop.blueprints.catalog import queries as catalog
from shop.blueprints.newsletter import queries as newsletter
from shop.extensions import db

LISTS = {
    "accounts": lambda: accounts.accounts(search="trust"),
    "products": lambda: catalog.products(search="trust"),
    "subscribers": lambda: newsletter.subscribers(search="trust"),
}


@pytest.mark.parametrize("app", ["postgresql"], indirect=True)
def test_a_searched_list_reads_no_table_from_beginning_to_end(app):
    sent = []
    with db.engine.connect() as connection:
        note = lambda *given: sent.append(given[2:4])  # noqa: E731
        event.listen(db.engine, "before_cursor_execute", note)
        for ask in LISTS.values():
            ask()
        event.remove(db.engine, "before_cursor_execute", note)
        plans = []
        connection.execute(text("SET enable_seqscan = off"))
        connection.execute(text("SET enable_indexscan = off"))  # a list without rows is read by any
        for statement, parameters in [each for each in sent if "LIKE" in each[0]]:
            rows = connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)
            plans.append("\n".join(rows.scalars()))
    assert len(plans) == len(LISTS)
    assert all("_parts" in plan for plan in plans), plans
