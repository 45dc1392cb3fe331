"""The log: who decided what and when, and what else moderators did."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from shop.blueprints.accounts.queries import current_account
from shop.blueprints.comments import decisions, queries
from shop.blueprints.comments.blueprints import admin_bp
from shop.blueprints.comments.moderation import activity, log
from shop.blueprints.comments.moderation.log import LogFilter
from shop.blueprints.comments.moderation.queue import address, bulk
from shop.blueprints.comments.moderation.queue.bulk import Done
from shop.blueprints.comments.moderation.queue.pages import say_undone
from shop.plugins.api import commits


@admin_bp.get("/decisions", endpoint="log")
def log_of_decisions() -> ResponseReturnValue:
    """Who decided what and when; filters are in the address."""
    kept = _kept()
    page = log.decisions(kept, after=request.args.get("after"))
    return render_template(
        "admin/comments/log.html",
        page=page,
        kept=kept,
        labels=address.labels(),
        people=log.people(),
        address=kept.in_address(),
    )


@admin_bp.get("/acts", endpoint="acts")
def log_of_acts() -> ResponseReturnValue:
    """What moderators did other than deciding."""
    page = activity.acts(request.args.get("after"))
    return render_template("admin/comments/acts.html", page=page, words=activity.in_words())


@admin_bp.post("/decisions/<int:decision_id>/undo")
@commits
def undo(decision_id: int) -> ResponseReturnValue:
    """Take one decision back, from the log."""
    decision = queries.decision_or_404(decision_id)
    say_undone(Done(decisions.undo_all([decision], by=current_account())))
    return redirect(url_for("admin.comments.log", **_kept().in_address()), 303)


@admin_bp.post("/decisions/batches/<key>/undo", endpoint="undo_in_log")
@commits
def undo_batch_in_log(key: str) -> ResponseReturnValue:
    """Take back what was decided in one go, from the log, however long ago."""
    say_undone(bulk.undo_batch(key, by=current_account()))
    return redirect(url_for("admin.comments.log", **_kept().in_address()), 303)


def _kept() -> LogFilter:
    return LogFilter.asked(request.args)
