"""Invoices and credit notes as they were issued."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from shop.blueprints.exporters.format import layout
from shop.blueprints.exporters.format.archive import Archive
from shop.blueprints.exporters.format.keys import key_of
from shop.blueprints.invoices.models import Invoice
from shop.plugins.api import row_values, rows_in_batches


def write_invoices(archive: Archive) -> int:
    """Write every document, the first one first; how many there were."""
    found = rows_in_batches(select(Invoice), Invoice.id)
    return archive.add_lines(layout.INVOICES, map(_as_json, found))


def _as_json(invoice: Invoice) -> dict[str, Any]:
    return {
        "order": key_of("order", invoice.order.id, invoice.order.import_key),
        "series": invoice.series,
        "corrects": invoice.corrects.number if invoice.corrects else None,
        **row_values(invoice),
    }
