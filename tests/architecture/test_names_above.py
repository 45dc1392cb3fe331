"""Features reach down only: none names a feature above it, by an endpoint or by asking whether it is on."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from shop.app import FEATURES
from shop.core.app_state import state_of
from shop.plugins.manager import Registry

SHOP = Path(__file__).parents[2] / "shop"
FLOOR = {feature: floor for floor, feature in enumerate(FEATURES)}
STRING = re.compile(r"""(?<!Slot\()["']([a-z_.]+)["']""")
"""What may be an endpoint. The point of a slot may have the same name as one."""
ASKED = re.compile(r"""\b(?:is_on|has)\(\s*["'](\w+)["']""")


def feature_of(blueprint):
    """`shop.blueprints.cart.views` is the cart's."""
    return blueprint.import_name.split(".")[2]


@pytest.fixture(scope="module")
def house(applications):
    return applications("sqlite")


@pytest.fixture(scope="module")
def owners(house):
    """Endpoints, and the folders of admin templates, by the feature that they belong to."""
    sections = {
        f"admin.{each.name}": feature_of(each.blueprint)
        for each in state_of(house).part(Registry).admin_sections
    }
    blueprints = {
        name: sections.get(name) or feature_of(each)
        for name, each in house.blueprints.items()
        if each.import_name.startswith("shop.blueprints.")
    }
    return {
        rule.endpoint: blueprints[owner]
        for rule in house.url_map.iter_rules()
        if (owner := rule.endpoint.rpartition(".")[0]) in blueprints
    }


def files(owners):
    """Every file that belongs to a feature, with the feature."""
    for feature in FEATURES:
        for path in (SHOP / "blueprints" / feature).rglob("*.py"):
            yield feature, path
    sections = {each.split(".")[1]: owner for each, owner in owners.items() if each.count(".") == 2}
    for path in (SHOP / "templates").rglob("*.html"):
        first, *rest = path.relative_to(SHOP / "templates").parts[:-1] or ("",)
        folder = rest[0] if first == "admin" and rest else first
        feature = folder if folder in FLOOR else sections.get(folder)
        if feature:
            yield feature, path


def names_above(feature, text, owners):
    named = [(name, owners[name]) for name in STRING.findall(text) if name in owners]
    asked = [(name, name) for name in ASKED.findall(text) if name in FLOOR]
    return [name for name, owner in named + asked if FLOOR[owner] > FLOOR[feature]]


def test_no_feature_names_one_above(owners):
    found = [
        f"{path.relative_to(SHOP)}: {name}"
        for feature, path in files(owners)
        for name in names_above(feature, path.read_text(encoding="utf-8"), owners)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("feature", "text"),
    [
        ("cart", 'redirect(url_for("checkout.show"))'),
        ("orders", "{{ url_for('admin.shipments.many') }}"),
        ("orders", "{{ url_for('admin.order_payments.cancel', order_id=1) }}"),
        ("orders", '{% if page and is_on("shipments") %}'),
        ("checkout", 'registry().has("admin")'),
    ],
)
def test_control_a_name_from_above_is_noticed(feature, text, owners):
    assert len(names_above(feature, text, owners)) == 1


def test_control_a_name_from_beneath_is_none(owners):
    assert names_above("payments", 'url_for("admin.orders.show", order_id=1)', owners) == []
    assert len(dict(files(owners))) == len(FEATURES)
