"""Issues of the newsletter of an export. None of them is sent again."""

from __future__ import annotations

from functools import partial

from flask_babel import gettext as _
from sqlalchemy import select

from shop.blueprints.exporters.format import layout
from shop.blueprints.importers.bookstall.lines import Said, bring_in_lines, text_of
from shop.blueprints.importers.formats.bundles import Bundle
from shop.blueprints.newsletter.models import Campaign, CampaignState
from shop.core.database import plain_rows
from shop.plugins.api import ImportReport, Refused, db, set_row_values


def bring_in_issues(bundle: Bundle, report: ImportReport) -> None:
    """Store every issue, known again by its subject and its moment."""
    bring_in_lines(bundle, layout.ISSUES, report, "newsletter issue", partial(_bring_in, report))


def _bring_in(report: ImportReport, said: Said) -> None:
    subject, made_at = text_of(said, "subject"), plain_rows.moment_of(said.get("created_at"))
    same = select(Campaign.id).where(Campaign.subject == subject, Campaign.created_at == made_at)
    if db.session.scalar(same) is not None:
        report.accept(is_new=False)
        return
    issue = Campaign()
    set_row_values(issue, said)
    if issue.state not in set(CampaignState):
        raise Refused(_("there is no such state of an issue"))
    if issue.state == CampaignState.SENDING:
        issue.state = CampaignState.SENT
        report.note(subject[:80], _("it was being sent; here it is not sent again"))
    db.session.add(issue)
    report.accept(is_new=True)
