"""The admin pages of redirects."""

from __future__ import annotations

from contextlib import closing

from flask import (
    Blueprint,
    Response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from shop.blueprints.redirects import queries, services, table
from shop.blueprints.redirects.forms import RedirectForm, TableForm
from shop.blueprints.redirects.table import TableReport
from shop.plugins.api import Refused, commits, notify, unit_of_work
from shop.plugins.api.forms import refuse_field

bp = Blueprint("redirects", __name__)

MOST_BYTES = 400_000
MOST_SHOWN = 20


@bp.get("/")
def index() -> ResponseReturnValue:
    """Every redirect, and the form for a new one."""
    return _list_page(RedirectForm(source=request.args.get("source", "")[:500]))


@bp.post("/")
def add() -> ResponseReturnValue:
    """Add one."""
    form = RedirectForm()
    if not form.validate():
        return _list_page(form), 422
    try:
        with unit_of_work():
            services.lead_on(form.source.data or "", form.target.data or "")
    except Refused as refusal:
        refuse_field(form, refusal)
        return _list_page(form), 422
    notify(_("Redirect added."))
    return redirect(url_for(".index"), 303)


def _list_page(form: RedirectForm) -> str:
    search = request.args.get("q", "")[:80]
    page = queries.redirects_in_list(search=search, after=request.args.get("after"))
    return render_template("admin/redirects/index.html", page=page, search=search, form=form)


@bp.post("/<int:redirect_id>/removal")
@commits
def remove(redirect_id: int) -> ResponseReturnValue:
    """Take one away."""
    services.forget_redirect(queries.redirect_or_404(redirect_id))
    notify(_("Redirect removed."))
    return redirect(url_for("admin.redirects.index"), 303)


@bp.get("/missed")
def missed() -> ResponseReturnValue:
    """Addresses where people found nothing."""
    return render_template("admin/redirects/missed.html", missed=queries.missed_addresses())


@bp.post("/missed/removal")
@commits
def dismiss() -> ResponseReturnValue:
    """Take one off the list."""
    services.forget_missed(request.form.get("path", ""))
    return redirect(url_for("admin.redirects.missed"), 303)


@bp.get("/table")
def whole_table() -> ResponseReturnValue:
    """The form for a CSV file."""
    return render_template("admin/redirects/table.html", form=TableForm(), report=None)


@bp.post("/table")
def upload_table() -> ResponseReturnValue:
    """Take redirects from a CSV file."""
    form = TableForm()
    report: TableReport | None = None
    if not form.validate():
        return _table_page(form, report), 422
    try:
        with unit_of_work():
            report = table.take_table(_uploaded(form))
    except Refused as refusal:
        refuse_field(form, Refused(refusal.message, field="file"))
        return _table_page(form, report), 422
    if report.refusals:
        return _table_page(form, report), 422
    notify(ngettext("%(num)d redirect added.", "%(num)d redirects added.", report.kept))
    return redirect(url_for(".index"), 303)


def _uploaded(form: TableForm) -> str:
    with closing(form.file.data) as file:
        raw: bytes = file.read(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        raise Refused(_("The file is too large."))
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused(_("The file is not UTF-8.")) from None


def _table_page(form: TableForm, report: TableReport | None) -> str:
    return render_template("admin/redirects/table.html", form=form, report=report, most=MOST_SHOWN)


@bp.get("/redirects.csv")
def download_table() -> ResponseReturnValue:
    """Every redirect as a CSV file."""
    headers = {"Content-Disposition": "attachment; filename=redirects.csv"}
    return Response("".join(table.as_table()), mimetype="text/csv; charset=utf-8", headers=headers)
