"""The admin page of exports."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop.blueprints.accounts.queries import current_account
from shop.blueprints.exporters import queries, services
from shop.blueprints.exporters.models import ExportKind
from shop.core.files import storage
from shop.plugins.api import Gone, NotFound, commits, notify

bp = Blueprint("exports", __name__)


@bp.get("/")
def index() -> ResponseReturnValue:
    """What can be exported, and what was. A script asks with `X-Fragment: state` whether something changed."""
    exports = queries.newest_exports()
    state = " ".join(f"{each.id}{each.state}{each.part}" for each in exports if each.is_busy)
    if request.headers.get("X-Fragment") == "state":
        return state
    return render_template(
        "admin/exports/index.html", exports=exports, kinds=list(ExportKind), busy=state
    )


@bp.post("/")
@commits
def begin() -> ResponseReturnValue:
    """Have a file written."""
    kind = request.form.get("kind", "")
    if kind not in set(ExportKind):
        raise NotFound
    services.ask_for_export(ExportKind(kind), by=current_account())
    notify(_("The export is being written. Its download appears on this page."))
    return redirect(url_for("admin.exports.index"), 303)


@bp.get("/<int:export_id>/file")
def download(export_id: int) -> ResponseReturnValue:
    """The file, until it expires."""
    export = queries.export_or_404(export_id)
    if not export.is_ready:
        raise Gone
    name = f"bookstall-{export.kind}-{export.created_at:%Y-%m-%d}.zip"
    elsewhere = storage.store().link(export.file, save_as=name, media_type="application/zip")
    if elsewhere is not None:
        return redirect(elsewhere, 303)
    answer = send_file(
        storage.to_send(export.file),
        mimetype="application/zip",
        as_attachment=True,
        download_name=name,
    )
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
