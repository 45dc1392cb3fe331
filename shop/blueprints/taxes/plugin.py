"""What taxes contribute."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import lazy_gettext as _l

from shop.blueprints.taxes import admin, export
from shop.blueprints.taxes.rule import TaxRule
from shop.blueprints.taxes.settings import TaxSettings
from shop.plugins.api import AdminSection, CartRule, ExportPart, Permission, Plugin, hookimpl

PLUGIN = Plugin(name="taxes", title=_l("Taxes"), requires=("checkout",), settings=TaxSettings)


@hookimpl
def export_parts() -> Iterable[ExportPart]:
    yield export.RATES


@hookimpl
def cart_rules() -> Iterable[CartRule]:
    yield TaxRule()


@hookimpl
def permissions() -> Iterable[Permission]:
    yield Permission("taxes.manage", _l("Manage tax rates"), frozenset({"editor"}))


@hookimpl
def admin_sections() -> Iterable[AdminSection]:
    yield AdminSection(
        name="taxes",
        label=_l("Taxes"),
        group="sell",
        permission="taxes.manage",
        blueprint=admin.bp,
        proof="change",
        order=70,
    )
