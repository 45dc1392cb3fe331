"""The variants that most people wait for."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from shop.blueprints.catalog.queries import any_variant_or_404
from shop.blueprints.stock_alerts import queries

bp = Blueprint("stock-alerts", __name__)


@bp.get("/")
def index() -> ResponseReturnValue:
    """Variants, and how many wait for each."""
    return render_template("admin/stock_alerts/index.html", wanted=queries.most_wanted())


@bp.get("/<int:variant_id>")
def show(variant_id: int) -> ResponseReturnValue:
    """Who waits for one variant."""
    variant = any_variant_or_404(variant_id)
    return render_template(
        "admin/stock_alerts/show.html",
        variant=variant,
        counts=queries.counts_of(variant),
        page=queries.waiting_for(variant, after=request.args.get("after")),
    )
