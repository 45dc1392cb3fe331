"""What shipping contributes."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import lazy_gettext as _l

from shop.blueprints.shipping import admin, export
from shop.blueprints.shipping.rule import ShippingRule
from shop.blueprints.shipping.settings import ShippingSettings
from shop.blueprints.shipping.structured import OFFERS
from shop.plugins.api import (
    AdminSection,
    CartRule,
    ExportPart,
    Permission,
    Plugin,
    StructuredData,
    hookimpl,
)

PLUGIN = Plugin(
    name="shipping",
    title=_l("Shipping rates"),
    requires=("checkout",),
    settings=ShippingSettings,
)


@hookimpl
def export_parts() -> Iterable[ExportPart]:
    yield export.ZONES


@hookimpl
def structured_data() -> Iterable[StructuredData]:
    yield OFFERS


@hookimpl
def cart_rules() -> Iterable[CartRule]:
    yield ShippingRule()


@hookimpl
def permissions() -> Iterable[Permission]:
    yield Permission("shipping.manage", _l("Manage shipping rates"), frozenset({"editor"}))


@hookimpl
def admin_sections() -> Iterable[AdminSection]:
    yield AdminSection(
        name="shipping",
        label=_l("Shipping rates"),
        group="sell",
        permission="shipping.manage",
        blueprint=admin.bp,
        proof="change",
        order=60,
    )
