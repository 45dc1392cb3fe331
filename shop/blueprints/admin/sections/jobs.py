"""Background jobs: those that wait, and those that failed."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop.blueprints.admin import queries, services
from shop.core.jobs import JobState, Lane
from shop.core.jobs.counts import count_lanes
from shop.plugins.api import commits, notify

bp = Blueprint("jobs", __name__)


@bp.get("/")
def index() -> ResponseReturnValue:
    """Jobs in a state: `?state=` dead, waiting or done."""
    try:
        state = JobState(request.args.get("state", JobState.DEAD))
    except ValueError:
        abort(404)
    return render_template(
        "admin/jobs/index.html",
        page=queries.jobs(state=state, after=request.args.get("after")),
        state=state,
        dead=queries.dead_jobs(),
        lanes=count_lanes(),
    )


@bp.get("/<int:job_id>")
def show(job_id: int) -> ResponseReturnValue:
    """One job, with its last error."""
    return render_template(
        "admin/jobs/show.html", job=queries.job_or_404(job_id), states=JobState, lanes=Lane
    )


@bp.post("/<int:job_id>/retry")
@commits
def retry(job_id: int) -> ResponseReturnValue:
    """Run it again now."""
    services.try_again(queries.job_or_404(job_id))
    notify(_("The job will be tried again."))
    return redirect(url_for("admin.jobs.show", job_id=job_id), 303)


@bp.post("/<int:job_id>/delete")
@commits
def delete(job_id: int) -> ResponseReturnValue:
    """Delete a dead letter."""
    services.drop(queries.job_or_404(job_id))
    notify(_("The job has been deleted."))
    return redirect(url_for("admin.jobs.index"), 303)
