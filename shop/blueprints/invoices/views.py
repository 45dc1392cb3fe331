"""Invoices, credit notes and receipts, for whoever has their address."""

from __future__ import annotations

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue

from shop.blueprints.invoices import queries
from shop.blueprints.invoices.models import Invoice
from shop.blueprints.invoices.papers import from_json
from shop.blueprints.invoices.wording import worded
from shop.core.pages.page_cache import keep_out_of_sight
from shop.core.text import slugify
from shop.extensions import limiter
from shop.plugins.api import NotFound

bp = Blueprint("invoices", __name__)
bp.after_request(keep_out_of_sight)


@bp.get("/papers/<token>")
def show(token: str) -> ResponseReturnValue:
    """An invoice or a credit note."""
    return _page(queries.paper_or_404(token))


@bp.get("/papers/<token>/receipt")
def receipt(token: str) -> ResponseReturnValue:
    """That an invoice was paid, when and how."""
    return _page(_invoice(token), as_receipt=True)


def _page(invoice: Invoice, *, as_receipt: bool = False) -> str:
    return render_template(
        "invoices/show.html",
        invoice=invoice,
        paper=worded(invoice, as_receipt=as_receipt),
        is_receipt=as_receipt,
    )


@bp.get("/papers/<token>.pdf")
@limiter.limit("60 per minute")
def show_pdf(token: str) -> Response:
    """The same as PDF."""
    return _pdf(queries.paper_or_404(token))


@bp.get("/papers/<token>/receipt.pdf")
@limiter.limit("60 per minute")
def receipt_pdf(token: str) -> Response:
    """The receipt as PDF."""
    return _pdf(_invoice(token), as_receipt=True)


def _invoice(token: str) -> Invoice:
    invoice = queries.paper_or_404(token)
    if invoice.is_credit_note:
        raise NotFound
    return invoice


def _pdf(invoice: Invoice, *, as_receipt: bool = False) -> Response:
    from shop.blueprints.invoices import printing  # it loads what sets type

    said = worded(invoice, as_receipt=as_receipt)
    response = Response(printing.as_pdf(from_json(invoice.paper), said), mimetype="application/pdf")
    name = slugify(said.title) or "paper"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.pdf"'
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
