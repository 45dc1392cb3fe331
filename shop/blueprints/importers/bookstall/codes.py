"""Discount codes of an export, and who used them."""

from __future__ import annotations

from functools import partial

from flask_babel import gettext as _
from sqlalchemy import select

from shop.blueprints.catalog.queries import imported_product
from shop.blueprints.discounts.counting import customer_key
from shop.blueprints.discounts.models import DiscountCode, DiscountUse
from shop.blueprints.exporters.format import layout
from shop.blueprints.importers.bookstall.lines import Said, bring_in_lines, text_of, values_in
from shop.blueprints.importers.bookstall.orders import order_of_key
from shop.blueprints.importers.formats.bundles import Bundle
from shop.plugins.api import ImportReport, Refused, db, set_row_values


def bring_in_codes(bundle: Bundle, report: ImportReport) -> None:
    """Store every code that is not here, with its uses, so that nobody has one more than there."""
    bring_in_lines(bundle, layout.CODES, report, "code", partial(_bring_in, report))


def _bring_in(report: ImportReport, said: Said) -> None:
    name = text_of(said, "code").upper()
    if db.session.scalar(select(DiscountCode.id).where(DiscountCode.code == name)) is not None:
        report.accept(is_new=False)
        return
    code = DiscountCode()
    set_row_values(code, said)
    code.code = name
    keys = said.get("products")
    found = (
        [imported_product(key) for key in keys if isinstance(key, str)]
        if isinstance(keys, list)
        else []
    )
    if None in found:
        raise Refused(_("a product that it is bound to is not here"))
    code.products = [each for each in found if each is not None]
    db.session.add(code)
    db.session.flush()
    for use in values_in(said, "used_by"):
        _bring_in_use(code, use)
    report.accept(is_new=True)


def _bring_in_use(code: DiscountCode, said: Said) -> None:
    order = order_of_key(text_of(said, "order"))
    key = customer_key(order.email) if said.get("is_only_one") is True else None
    use = DiscountUse(order_id=order.id, code_id=code.id, customer_key=key)
    set_row_values(use, said, leaving_out=("customer_key",))
    db.session.add(use)
