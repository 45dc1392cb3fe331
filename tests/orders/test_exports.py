"""Orders are taken home as CSV and JSON: all that were asked for, any number, nothing that runs as a formula."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta

from click.testing import CliRunner
from flask import current_app

from shop.blueprints.orders.exports import files
from shop.blueprints.orders.exports.cli import commands
from shop.blueprints.orders.exports.files import Wanted
from shop.blueprints.orders.models import Order
from shop.core import clock
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from tests import controls
from tests.factories.accounts import make_account, sign_in
from tests.factories.orders import make_free_order, make_order, make_variant


def rows(wanted=Wanted()):  # noqa: B008 - it is frozen
    return list(csv.DictReader(io.StringIO("".join(files.as_csv(wanted)))))


def placed(order, days_ago):
    with unit_of_work():
        stored = db.session.get_one(Order, order.id)
        stored.placed_at = clock.now() - timedelta(days=days_ago)
    return stored.placed_at.date()


def test_every_order_comes_once_however_many_fit_into_a_portion(app, monkeypatch):
    monkeypatch.setattr(files, "AT_ONCE", 2)
    variant = make_variant()
    numbers = [make_order((variant, 1)).number for _ in range(5)]
    assert [row["number"] for row in rows()] == numbers
    assert [row["number"] for row in json.loads("".join(files.as_json(Wanted())))] == numbers


def test_days_and_states_narrow_it_down(app):
    old, new, free = make_order(), make_order(), make_free_order()
    long_ago, yesterday = placed(old, 40), placed(new, 1)
    numbers = {"old": old.number, "new": new.number, "free": free.number}
    for wanted, expected in (
        (Wanted(until=long_ago), ["old"]),
        (Wanted(since=long_ago, until=yesterday), ["old", "new"]),
        (Wanted(since=yesterday), ["new", "free"]),
        (Wanted(state="paid"), ["free"]),
    ):
        assert [row["number"] for row in rows(wanted)] == [numbers[each] for each in expected]


def test_formula_injection(app):
    names = [f"{start}HYPERLINK(1)" for start in ("=", "+", "-", "@", " =", "＝")]
    for name in names:
        make_order(name=name)
    assert [row["name"] for row in rows()] == [f"'{name}" for name in names]
    assert [row["name"] for row in json.loads("".join(files.as_json(Wanted())))] == names


@controls.on_sqlite
def test_control_formula_injection(app):
    with controls.failing_without("no formulas in cells"):
        test_formula_injection(app)


def test_amounts_are_numbers_and_lines_are_told(app):
    make_order((make_variant(title='The = Hour, or "so"\n', price=1405), 2))
    [row] = rows()
    assert (row["total"], row["currency"], row["state"]) == ("28.10", "EUR", "awaiting_payment")
    assert row["lines"].startswith('2 × The = Hour, or "so"')
    assert json.loads("".join(files.as_json(Wanted())))[0]["lines"][0]["quantity"] == 2


def test_staff_take_them_home_and_nobody_else(client):
    number = make_order(name="Ruth ö 王").number
    path = "/admin/orders/export"
    assert client.get(f"{path}?as=csv").status_code == 303
    editor = sign_in(client, make_account("editor", given=["orders.manage"]))
    assert "CSV" in editor.get(path).text
    answer = editor.get(f"{path}?as=csv&state=awaiting_payment&since=2020-01-01", buffered=True)
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="orders-')
    assert answer.data.startswith(b"\xef\xbb\xbfnumber,")
    assert number in answer.text
    assert "Ruth ö 王" in answer.text
    assert editor.get(f"{path}?as=json", buffered=True).json[0]["number"] == number
    for query, status in (
        ("as=xml", 404),
        ("as=csv&state=nonsense", 404),
        ("as=csv&since=yesterday", 422),
        ("as=csv&until=9999-12-31", 422),
        ("as=csv&since=0001-01-01", 422),
        ("as=json&since=%F0%9F%8C%BF", 422),
    ):
        assert editor.get(f"{path}?{query}").status_code == status, query


def test_the_command_writes_a_file(app, tmp_path):
    number = make_order().number
    target = tmp_path / "orders.json"
    done = CliRunner().invoke(
        commands, ["export", "--as", "json", "--since", "2020-01-01", str(target)], obj=current_app
    )
    assert (done.exit_code, done.output) == (0, "")
    assert json.loads(target.read_text())[0]["number"] == number
    assert CliRunner().invoke(commands, ["export", "--since", "nonsense"]).exit_code == 2
