"""Subscribers and issues in the admin."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterable
from typing import IO

from flask import Blueprint, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from shop.blueprints.accounts.queries import current_account
from shop.blueprints.accounts.signing_in.proof_pages import after_proof
from shop.blueprints.newsletter import campaigns, queries, services
from shop.blueprints.newsletter.forms import CampaignForm
from shop.blueprints.newsletter.models import Campaign, CampaignState, SubscriberState
from shop.core.text import as_numbers
from shop.plugins.api import AdminFound, NotFound, Refused, commits, notify, unit_of_work

bp = Blueprint("newsletter", __name__)

LONGEST_SEARCH = 100
MOST_IDS = 200
SPOOL_BYTES = 1_000_000


@bp.get("/")
def index() -> ResponseReturnValue:
    """Subscribers; `?state=`, `?q=` and `?after=` stand in the address."""
    asked = request.args.get("state", "")
    state = SubscriberState(asked) if asked in set(SubscriberState) else None
    search = request.args.get("q", "").strip()[:LONGEST_SEARCH]
    return render_template(
        "admin/newsletter/index.html",
        page=queries.subscribers(state=state, search=search, after=request.args.get("after")),
        counts=queries.subscriber_counts(),
        state=state,
        states=SubscriberState,
        search=search,
    )


def find_subscribers(typed: str, limit: int) -> Iterable[AdminFound]:
    """Those with this in their email address."""
    for each in queries.subscribers(search=typed).items[:limit]:
        url = url_for("admin.newsletter.index", q=each.email)
        yield AdminFound(each.email, url, SubscriberState(each.state).label)


@bp.post("/removal")
@commits
def remove() -> ResponseReturnValue:
    """Delete the subscribers that were ticked."""
    ids = as_numbers(request.form.getlist("ids"))[:MOST_IDS]
    count = services.remove_subscriber(ids)
    notify(ngettext("%(num)d address removed.", "%(num)d addresses removed.", count))
    return redirect(url_for("admin.newsletter.index"), 303)


@bp.get("/subscribers.csv")
@after_proof
def export() -> ResponseReturnValue:
    """Everyone who is confirmed, as CSV. Written to a file first: a slow reader must not hold the database."""
    answer = send_file(
        _csv_file(), mimetype="text/csv", as_attachment=True, download_name="subscribers.csv"
    )
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@bp.get("/letters")
def letters() -> ResponseReturnValue:
    """Issues, newest first."""
    page = campaigns.campaigns(after=request.args.get("after"))
    return render_template("admin/newsletter/letters.html", page=page, states=CampaignState)


@bp.get("/letters/new")
def compose() -> ResponseReturnValue:
    """The empty form."""
    return render_template("admin/newsletter/compose.html", form=CampaignForm(), campaign=None)


@bp.post("/letters")
def write() -> ResponseReturnValue:
    """Keep a new issue as a draft."""
    form = CampaignForm()
    if not form.validate():
        return render_template("admin/newsletter/compose.html", form=form, campaign=None), 422
    with unit_of_work():
        campaign = campaigns.write_issue(subject=form.subject.data or "", body=form.body.data or "")
        campaign_id = campaign.id
    return redirect(url_for("admin.newsletter.letter", campaign_id=campaign_id), 303)


@bp.get("/letters/<int:campaign_id>")
def letter(campaign_id: int) -> ResponseReturnValue:
    """One issue as its readers see it, and how far its sending is."""
    return _letter_page(campaigns.campaign_or_404(campaign_id))


@bp.get("/letters/<int:campaign_id>/edit")
def edit(campaign_id: int) -> ResponseReturnValue:
    """A draft to be changed."""
    campaign = _draft_or_404(campaign_id)
    form = CampaignForm(formdata=None, obj=campaign)
    return render_template("admin/newsletter/compose.html", form=form, campaign=campaign)


@bp.post("/letters/<int:campaign_id>")
def rewrite(campaign_id: int) -> ResponseReturnValue:
    """Keep what was changed."""
    campaign = _draft_or_404(campaign_id)
    form = CampaignForm()
    if not form.validate():
        return render_template("admin/newsletter/compose.html", form=form, campaign=campaign), 422
    with unit_of_work():
        campaigns.rewrite(
            campaigns.campaign_or_404(campaign_id),
            subject=form.subject.data or "",
            body=form.body.data or "",
        )
    return redirect(url_for("admin.newsletter.letter", campaign_id=campaign_id), 303)


@bp.post("/letters/<int:campaign_id>/test")
def send_test(campaign_id: int) -> ResponseReturnValue:
    """Send one copy to the person who is signed in."""
    account = current_account()
    if account is None:
        raise NotFound
    queue_mail = campaigns.prepare_test(campaigns.campaign_or_404(campaign_id), account.email)
    with unit_of_work():
        queue_mail()
    notify(_("We are sending a test copy to %(email)s.", email=account.email))
    return redirect(url_for("admin.newsletter.letter", campaign_id=campaign_id), 303)


@bp.post("/letters/<int:campaign_id>/sending")
def send(campaign_id: int) -> ResponseReturnValue:
    """Send an issue to everyone who is confirmed, in some minutes."""
    try:
        with unit_of_work():
            campaigns.send_issue(campaigns.campaign_or_404(campaign_id))
    except Refused as refusal:
        return _letter_page(campaigns.campaign_or_404(campaign_id), refusal.message), 422
    return redirect(url_for("admin.newsletter.letter", campaign_id=campaign_id), 303)


@bp.post("/letters/<int:campaign_id>/cancellation")
def cancel(campaign_id: int) -> ResponseReturnValue:
    """Don't send it after all; it is a draft again."""
    try:
        with unit_of_work():
            campaigns.cancel_sending(campaigns.campaign_or_404(campaign_id))
    except Refused as refusal:
        return _letter_page(campaigns.campaign_or_404(campaign_id), refusal.message), 422
    notify(_("Cancelled. Nobody has got this issue; it is a draft again."))
    return redirect(url_for("admin.newsletter.letter", campaign_id=campaign_id), 303)


@bp.post("/letters/<int:campaign_id>/removal")
@commits
def discard(campaign_id: int) -> ResponseReturnValue:
    """Delete a draft."""
    campaigns.discard(campaigns.campaign_or_404(campaign_id))
    notify(_("Draft deleted."))
    return redirect(url_for("admin.newsletter.letters"), 303)


def _letter_page(campaign: Campaign, refusal: str = "") -> str:
    return render_template(
        "admin/newsletter/letter.html",
        campaign=campaign,
        letter=campaigns.letter(campaign),
        delivered=campaigns.delivered(campaign),
        confirmed=queries.subscriber_counts()[SubscriberState.CONFIRMED],
        refusal=refusal,
        minutes=int(campaigns.TIME_TO_CANCEL.total_seconds() // 60),
    )


def _draft_or_404(campaign_id: int) -> Campaign:
    campaign = campaigns.campaign_or_404(campaign_id)
    if not campaign.is_draft:
        raise NotFound
    return campaign


def _csv_file() -> IO[bytes]:
    spool: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES)  # noqa: SIM115 - closed once sent
    text = io.TextIOWrapper(spool, "utf-8", newline="")
    writer = csv.writer(text)
    writer.writerow(["email", "confirmed", "asked_on"])
    for subscriber in queries.every_confirmed():
        confirmed = subscriber.confirmed_at.isoformat() if subscriber.confirmed_at else ""
        writer.writerow([_inert(subscriber.email), confirmed, _inert(subscriber.asked_on)])
    text.detach()
    spool.seek(0)
    return spool


def _inert(cell: str) -> str:
    """A cell that a spreadsheet shows instead of running it (OWASP: CSV injection)."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
