"""The admin pages of series."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop.blueprints.articles.models import Article
from shop.blueprints.articles.series import queries, services
from shop.blueprints.articles.series.forms import PartForm, SeriesForm
from shop.blueprints.articles.series.models import Series
from shop.plugins.api import AdminFound, Refused, commits, notify, unit_of_work
from shop.plugins.api.forms import refuse_field

bp = Blueprint("series", __name__)


@bp.get("/")
def index() -> ResponseReturnValue:
    """Every series."""
    return render_template("admin/series/index.html", series=queries.all_series())


def find_series(typed: str, limit: int) -> Iterable[AdminFound]:
    """Those with this in their title."""
    wanted = typed.casefold()
    found = (each for each, _count in queries.all_series() if wanted in each.title.casefold())
    for series in islice(found, limit):
        yield AdminFound(series.title, url_for("admin.series.edit", series_id=series.id))


@bp.get("/new")
def new() -> ResponseReturnValue:
    """An empty form."""
    return _draw(SeriesForm())


@bp.post("/new")
def write() -> ResponseReturnValue:
    """Begin a series."""
    form = SeriesForm()
    if not form.validate():
        return _draw(form), 422
    with unit_of_work():
        series = services.write_series(
            title=form.title.data or "", description=form.description.data or ""
        )
        series_id = series.id
    notify(_("Saved. Now add its parts."))
    return _to(series_id)


@bp.get("/<int:series_id>")
def edit(series_id: int) -> ResponseReturnValue:
    """One series."""
    series = queries.series_or_404(series_id)
    return _draw(SeriesForm(formdata=None, obj=series), series)


@bp.post("/<int:series_id>")
def save(series_id: int) -> ResponseReturnValue:
    """Change what is said of a series."""
    form = SeriesForm()
    if not form.validate():
        return _draw(form, queries.series_or_404(series_id)), 422
    with unit_of_work():
        services.save_series(
            queries.series_or_404(series_id),
            title=form.title.data or "",
            description=form.description.data or "",
        )
    notify(_("Saved."))
    return _to(series_id)


@bp.post("/<int:series_id>/parts")
def add(series_id: int) -> ResponseReturnValue:
    """Put an article at the end."""
    form = PartForm()
    try:
        if form.validate():
            with unit_of_work():
                services.add_part(queries.series_or_404(series_id), _meant(form))
            notify(_("Added."))
            return _to(series_id)
    except Refused as refusal:
        refuse_field(form, refusal)
    series = queries.series_or_404(series_id)
    return _draw(SeriesForm(formdata=None, obj=series), series, form), 422


@bp.post("/<int:series_id>/parts/<int:article_id>/position")
@commits
def move(series_id: int, article_id: int) -> ResponseReturnValue:
    """Move a part up or down by one."""
    by = 1 if request.form.get("direction") == "down" else -1
    services.move_part(queries.series_or_404(series_id), article_id, by=by)
    return _to(series_id, part=article_id)


@bp.post("/<int:series_id>/parts/<int:article_id>/removal")
@commits
def take_out(series_id: int, article_id: int) -> ResponseReturnValue:
    """Take an article out."""
    services.take_part_out(queries.series_or_404(series_id), article_id)
    notify(_("Taken out of the series. The article is still there."))
    return _to(series_id)


@bp.post("/<int:series_id>/removal")
@commits
def remove(series_id: int) -> ResponseReturnValue:
    """Delete a series."""
    services.remove_series(queries.series_or_404(series_id))
    notify(_("Series deleted. Its articles are still there."))
    return redirect(url_for("admin.series.index"), 303)


def _meant(form: PartForm) -> Article:
    found = queries.article_meant(form.article.data or "")
    if found is None:
        raise Refused(_("There is no such article."), field="article")
    return found


def _to(series_id: int, part: int = 0) -> ResponseReturnValue:
    anchor = f"part-{part}" if part else None
    return redirect(url_for("admin.series.edit", series_id=series_id, _anchor=anchor), 303)


def _draw(form: SeriesForm, series: Series | None = None, adding: PartForm | None = None) -> str:
    return render_template(
        "admin/series/edit.html",
        form=form,
        series=series,
        adding=adding or PartForm(formdata=None),
        parts=queries.parts_in_order(series) if series else (),
        offered=queries.articles_in_no_series() if series else (),
    )
