"""Issuing documents: once for each cause, with numbers that follow each other without a gap.

A number is taken by one statement on the row of its series, in the transaction that stores the document. Whoever comes
at the same time waits for that row; if the transaction comes to nothing, so does the number. The order is always locked
first and the series last, so that two never wait for each other in a circle.
"""

from __future__ import annotations

from shop.blueprints.invoices import crediting, papers, queries
from shop.blueprints.invoices.models import Invoice, InvoiceSeries, PaperKind
from shop.blueprints.invoices.papers import Paper
from shop.blueprints.invoices.settings import InvoiceSettings
from shop.blueprints.orders.models import Order
from shop.blueprints.orders.queries import lock, read_again
from shop.blueprints.payments.refunds.models import Refund
from shop.core import clock, settings
from shop.core.database import upsert
from shop.plugins.api import db, unit_of_work
from shop.plugins.api.events import OrderPaid, OrderRefunded

PAYMENT = "payment"


def invoice_paid(event: OrderPaid) -> None:
    """An order was paid: number its invoice."""
    issue(read_again(event.order_id))


def credit_refunded(event: OrderRefunded) -> None:
    """Money went back: issue a credit note."""
    credit(read_again(event.order_id), event.refund_id)


def issue(order: Order) -> Invoice | None:
    """The invoice of a paid order, issued now or before; None when it was not paid, or cost nothing."""
    if not order.is_paid or not order.total_minor:
        return None
    found = queries.paper_of(order.id, PAYMENT)
    if found is not None:
        return found
    order = lock(order.id)
    found = queries.paper_of(order.id, PAYMENT)  # someone may have been quicker
    if found is not None:
        return found
    return _store(order, PaperKind.INVOICE, PAYMENT, papers.invoice_for(order))


def credit(order: Order, refund_id: int) -> Invoice | None:
    """The credit note of a refund, issued now or before; None when there is no invoice to correct."""
    invoice = issue(order)
    if invoice is None:
        return None
    cause = f"refund:{refund_id}"
    order = lock(order.id)
    found = queries.paper_of(order.id, cause)
    if found is not None:
        return found
    before = [papers.from_json(each.paper) for each in queries.credit_notes_of(order.id)]
    paper = crediting.credit_for_refund(
        order,
        db.session.get_one(Refund, refund_id),
        corrects=(invoice.number, invoice.issued_at.isoformat()),
        before=before,
    )
    return _store(order, PaperKind.CREDIT_NOTE, cause, paper, corrects=invoice)


def papers_as_data(order: Order) -> list[Invoice]:
    """What was issued for a paid order; its invoice is made when it is missing, so that a link never is."""
    if not order.is_paid or not order.total_minor:
        return []
    found = list(queries.papers_of(order))
    if found:
        return found
    with unit_of_work():
        issue(order)
    return list(queries.papers_of(order))


def _store(
    order: Order, kind: PaperKind, cause: str, paper: Paper, *, corrects: Invoice | None = None
) -> Invoice:
    series = _series(kind)
    sequence = _next_in(series)
    invoice = Invoice(
        kind=kind,
        order_id=order.id,
        cause=cause,
        corrects_id=corrects.id if corrects else None,
        series=series,
        sequence=sequence,
        number=f"{series}{sequence:0{settings.current(InvoiceSettings).digits}d}",
        issued_at=clock.now(),
        currency=paper.currency,
        total_minor=paper.total_minor,
        tax_minor=paper.tax_minor,
        paper=paper.as_json(),
    )
    db.session.add(invoice)
    db.session.flush()
    return invoice


def _series(kind: PaperKind) -> str:
    said = settings.current(InvoiceSettings)
    prefix = said.credit_note_prefix if kind is PaperKind.CREDIT_NOTE else said.invoice_prefix
    return prefix.replace("{year}", str(clock.now().year))


def _next_in(series: str) -> int:
    taken = db.session.scalar(
        upsert(InvoiceSeries)
        .values(name=series, last=1)
        .on_conflict_do_update(index_elements=["name"], set_={"last": InvoiceSeries.last + 1})
        .returning(InvoiceSeries.last)
        .execution_options(synchronize_session=False)
    )
    if taken is None:
        raise RuntimeError(f"the series {series!r} gave no number")
    return taken
