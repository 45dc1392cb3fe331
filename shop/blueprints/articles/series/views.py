"""The pages of series."""

from __future__ import annotations

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop.blueprints.articles import sharing, structured
from shop.blueprints.articles.cards import cards
from shop.blueprints.articles.series import queries
from shop.core.web.breadcrumbs import Crumb
from shop.core.web.security import base_url
from shop.plugins.api import public_page

bp = Blueprint("series", __name__)


@bp.get("/series/")
def index() -> ResponseReturnValue:
    """Every series with something public."""
    found = queries.public_series()
    public_page("articles", "settings")
    return render_template(
        "articles/all_series.html",
        series=found,
        canonical_url=base_url() + url_for("series.index"),
        shared_picture_url=sharing.picture_url_of_site(),
        structured_data=structured.listing([_all()]),
    )


@bp.get("/series/<slug>")
def show(slug: str) -> ResponseReturnValue:
    """A series and its parts, from the first on."""
    series = queries.public_series_or_404(slug)
    parts = queries.public_parts(series)
    crumbs = [_all(), Crumb(series.title, url_for("series.show", slug=slug))]
    public_page("articles", "settings")
    return render_template(
        "articles/series.html",
        series=series,
        parts=cards(parts),
        crumbs=crumbs,
        canonical_url=base_url() + url_for("series.show", slug=slug),
        shared_picture_url=sharing.picture_url_of_site(),
        structured_data=structured.series_page(series, parts, crumbs),
    )


def _all() -> Crumb:
    return Crumb(_("Series"), url_for("series.index"))
