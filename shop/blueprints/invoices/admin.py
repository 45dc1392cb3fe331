"""Documents in the admin."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from shop.blueprints.invoices import queries
from shop.blueprints.invoices.models import PaperKind
from shop.blueprints.invoices.settings import InvoiceSettings
from shop.core import settings
from shop.plugins.api import NotFound

bp = Blueprint("invoices", __name__)


@bp.get("/")
def index() -> ResponseReturnValue:
    """All documents, newest first; `?kind=` and `?q=` (a whole number) narrow them down."""
    kind = request.args.get("kind", "")
    if kind and kind not in set(PaperKind):
        raise NotFound
    number = request.args.get("q", "").strip()[:60]
    return render_template(
        "admin/invoices/index.html",
        page=queries.papers(kind=kind, number=number, after=request.args.get("after")),
        kind=kind,
        number=number,
        is_seller_known=bool(settings.current(InvoiceSettings).seller_address),
    )
