"""The admin pages of imports."""

from __future__ import annotations

import tempfile
from contextlib import closing
from pathlib import Path

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from shop.blueprints.accounts.queries import current_account
from shop.blueprints.importers.runs import brought, queries, services
from shop.blueprints.importers.runs.forms import ImportForm, MapForm
from shop.blueprints.importers.runs.models import ImportRun
from shop.core.web.forms import is_too_large, too_large
from shop.plugins import registry
from shop.plugins.api import Refused, commits, notify, unit_of_work
from shop.plugins.api.forms import refuse_field

bp = Blueprint("imports", __name__)

MOST_BYTES = services.MOST_MB * 1_000_000
MOST_OF_MAP = 2_000_000


@bp.get("/")
def index() -> ResponseReturnValue:
    """What was imported, and the form for a new one."""
    return _index(_form())


def _form(*, is_empty: bool = False) -> ImportForm:
    form = ImportForm(formdata=None) if is_empty else ImportForm()
    form.offer()
    return form


def _index(form: ImportForm) -> str:
    return render_template(
        "admin/imports/index.html",
        form=form,
        runs=queries.newest_runs(),
        titles={each.name: each.title for each in registry().importers},
        most=services.MOST_MB,
    )


@bp.post("/")
def upload() -> ResponseReturnValue:
    """Take a file, and have it checked. Nothing of it comes in yet."""
    if is_too_large(MOST_BYTES):
        form = _form(is_empty=True)
        refuse_field(form, too_large("file", MOST_BYTES))
        return _index(form), 413
    form = _form()
    importer = services.importer_named(form.importer.data or "")
    if not form.validate() or importer is None:
        return _index(form), 422
    given = {
        name: form[name].data
        for name in services.option_names(importer)
        & {"title", "site", "consent", "as_article", "as_page", "mend", "fetch_images"}
        if form[name].data
    }
    sent: FileStorage = form.file.data
    file = _stored(sent)
    if form.pictures.data and "uploads" in services.option_names(importer):
        given["uploads"] = _stored(form.pictures.data)
    with unit_of_work():
        run = services.begin_check(importer, file, sent.filename or "", given, by=current_account())
        run_id = run.id
    return redirect(url_for(".show", run_id=run_id), 303)


def _stored(sent: FileStorage) -> str:
    with closing(sent), tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "upload"
        sent.save(path)
        return services.store_file_to_import(path)


@bp.get("/<int:run_id>")
def show(run_id: int) -> ResponseReturnValue:
    """One import: where it is, and its report. A script asks with `X-Fragment: state` whether it is another."""
    run = queries.run_or_404(run_id)
    if request.headers.get("X-Fragment") == "state":
        return _state(run)
    return _show(run, MapForm(formdata=None))


def _state(run: ImportRun) -> str:
    return f"{run.state} {run.imported + run.unchanged + run.refused}"


def _show(run: ImportRun, form: MapForm) -> str:
    importer = services.importer_named(run.importer)
    return render_template(
        "admin/imports/run.html",
        run=run,
        importer=importer,
        state=_state(run),
        form=form,
        takes_map=importer is not None and "mapping" in services.option_names(importer),
        has_map=bool(queries.map_to_fill_in(run)),
        brought=brought.brought(run.id, current_account()),
        first_arrivals=brought.first_arrivals(run.id),
    )


@bp.post("/<int:run_id>/start")
@commits
def start(run_id: int) -> ResponseReturnValue:
    """Bring it in."""
    return _decided(run_id, services.start_run)


@bp.post("/<int:run_id>/check")
@commits
def check(run_id: int) -> ResponseReturnValue:
    """Try it again."""
    return _decided(run_id, services.check_again)


@bp.post("/<int:run_id>/undoing")
@commits
def undo(run_id: int) -> ResponseReturnValue:
    """Take back what it brought."""
    return _decided(run_id, services.undo_run)


def _decided(run_id: int, decide: services.Decision) -> ResponseReturnValue:
    try:
        decide(queries.run_or_404(run_id))
    except Refused as refused:
        notify(refused.message, "info")
    return redirect(url_for("admin.imports.show", run_id=run_id), 303)


@bp.get("/<int:run_id>/map.csv")
def map_to_fill_in(run_id: int) -> ResponseReturnValue:
    """The map with what was refused, to be filled in."""
    headers = {"Content-Disposition": "attachment; filename=map.csv"}
    written = queries.map_to_fill_in(queries.run_or_404(run_id))
    return Response(written, mimetype="text/csv; charset=utf-8", headers=headers)


@bp.post("/<int:run_id>/map")
def upload_map(run_id: int) -> ResponseReturnValue:
    """Take a map, and try the file again with it."""
    run = queries.run_or_404(run_id)
    if is_too_large(MOST_OF_MAP):
        form = MapForm(formdata=None)
        refuse_field(form, too_large("file", MOST_OF_MAP))
        return _show(run, form), 413
    form = MapForm()
    if not form.validate():
        return _show(run, form), 422
    file = _stored(form.file.data)
    with unit_of_work():
        services.check_again(queries.run_or_404(run_id), map_file=file)
    return redirect(url_for(".show", run_id=run_id), 303)
