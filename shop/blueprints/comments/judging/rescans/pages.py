"""The rescan's page: start it, watch it, and hold what it found."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from shop.blueprints.accounts.queries import current_account
from shop.blueprints.comments.blueprints import admin_bp
from shop.blueprints.comments.judging.rescans import rescan
from shop.blueprints.comments.reasons import reason_in_words
from shop.core.text import as_numbers
from shop.plugins.api import NotFound, commits, notify

MOST_AT_ONCE = 200


@admin_bp.get("/rescan")
def rescanned() -> ResponseReturnValue:
    """The rescan that runs, or the last one, and what it would hold."""
    found = rescan.latest_rescan()
    page = rescan.findings(found, request.args.get("after")) if found else None
    return render_template(
        "admin/comments/rescan.html", rescan=found, page=page, reason_in_words=reason_in_words
    )


@admin_bp.post("/rescan")
@commits
def start_rescan() -> ResponseReturnValue:
    """Judge everything again."""
    rescan.start_rescan(current_account())
    notify(_("The rescan has started. You can do something else meanwhile."))
    return _back()


@admin_bp.post("/rescan/<int:rescan_id>/stop")
@commits
def stop_rescan(rescan_id: int) -> ResponseReturnValue:
    """End it; what it found stays."""
    rescan.stop_rescan(rescan.rescan_or_404(rescan_id))
    return _back()


@admin_bp.post("/rescan/<int:rescan_id>/findings")
@commits
def settle_findings(rescan_id: int) -> ResponseReturnValue:
    """Hold what was chosen, or leave it published."""
    found = rescan.rescan_or_404(rescan_id)
    ids = as_numbers(request.form.getlist("ids"))[:MOST_AT_ONCE]
    verb = request.form.get("verb")
    if verb == "hold":
        outcome = rescan.hold_findings(found, ids, by=current_account())
        number = outcome.decided
        said = ngettext("%(num)d comment held", "%(num)d comments held", number)
        undo = url_for("admin.comments.undo_batch", batch=outcome.batch) if number else ""
        notify(said, "success" if number else "info", undo_url=undo)
    elif verb == "leave":
        number = rescan.leave_findings(found, ids, by=current_account())
        notify(
            ngettext("%(num)d comment left published", "%(num)d comments left published", number),
            "info",
        )
    else:
        raise NotFound
    return _back()


def _back() -> ResponseReturnValue:
    return redirect(url_for("admin.comments.rescanned", after=request.args.get("after")), 303)
