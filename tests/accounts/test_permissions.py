"""Who may do what."""

from __future__ import annotations

import pytest

from shop.blueprints.accounts.queries import current_account, may
from shop.plugins import registry
from shop.plugins.types import Permission
from tests.factories.accounts import make_account


@pytest.fixture(autouse=True)
def _permissions(app, monkeypatch):
    declared = [Permission("tea.make", "Make tea", frozenset({"editor"}))]
    monkeypatch.setattr(registry(), "permissions", declared)


@pytest.mark.parametrize(
    ("role", "allowed"), [("owner", True), ("editor", True), ("moderator", False), ("buyer", False)]
)
def test_a_role_may_what_was_declared_for_it(role, allowed):
    assert may(make_account(role), "tea.make") is allowed


def test_nobody_may_what_nobody_declared_but_the_owner():
    assert not may(make_account("editor"), "tea.spill")
    assert may(make_account("owner"), "tea.spill")


def test_who_is_not_signed_in_may_nothing():
    assert not may(None, "tea.make")


def test_outside_a_request_nobody_is_signed_in():
    assert current_account() is None


def test_a_visitor_is_nobody(app):
    with app.test_request_context("/"):
        assert current_account() is None
