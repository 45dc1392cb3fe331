"""Invoices and credit notes of an export: as they were issued, under their numbers."""

from __future__ import annotations

from functools import partial

from flask_babel import gettext as _
from sqlalchemy import select

from shop.blueprints.exporters.format import layout
from shop.blueprints.exporters.format.keys import is_of_this_site
from shop.blueprints.importers.bookstall.lines import Said, bring_in_lines, text_of
from shop.blueprints.importers.bookstall.orders import order_of_key
from shop.blueprints.importers.formats.bundles import Bundle
from shop.blueprints.invoices.models import Invoice, InvoiceSeries
from shop.blueprints.orders.models import Order
from shop.core.database import upsert
from shop.plugins.api import ImportReport, Refused, db, set_row_values


def bring_in_invoices(bundle: Bundle, report: ImportReport) -> None:
    """Store every document, and go on counting after the last of its series."""
    bring_in_lines(bundle, layout.INVOICES, report, "invoice", partial(_bring_in, report))


def _bring_in(report: ImportReport, said: Said) -> None:
    key, number = text_of(said, "order"), text_of(said, "number")
    known = _invoice(number)
    if is_of_this_site("order", key, Order):
        report.accept(is_new=False)
        return
    order = order_of_key(key)
    if known is not None:
        if known.order_id != order.id:
            raise Refused(
                _("the number %(number)s has been given to another order here", number=number)
            )
        report.accept(is_new=False)
        return
    invoice = Invoice(order_id=order.id, series=text_of(said, "series")[:40])
    set_row_values(invoice, said)
    corrects = said.get("corrects")
    invoice.corrects = _invoice(corrects) if isinstance(corrects, str) else None
    if not isinstance(invoice.paper, dict):
        raise Refused(_("it says nothing"))
    _count_to(invoice.series, invoice.sequence)
    db.session.add(invoice)
    report.accept(is_new=True)


def _invoice(number: str) -> Invoice | None:
    return db.session.scalar(select(Invoice).where(Invoice.number == number))


def _count_to(series: str, sequence: int) -> None:
    """Let the next document of this site come after it."""
    db.session.execute(
        upsert(InvoiceSeries)
        .values(name=series, last=sequence)
        .on_conflict_do_update(
            index_elements=["name"],
            set_={"last": sequence},
            where=InvoiceSeries.last < sequence,
        )
        .execution_options(synchronize_session=False)
    )
