"""Issues to everyone who is confirmed.

A job sends an issue in batches. The copies of a batch are rendered first; then one transaction writes the deliveries,
their mails, how far it came, and the job of the next batch. So after a kill at any moment nobody gets two copies and
nobody is left out, memory stays flat, and others write meanwhile. Who leaves while the copies are rendered gets none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import nh3
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy import func, select, update

from shop.blueprints.newsletter import queries, services
from shop.blueprints.newsletter.models import (
    Campaign,
    CampaignState,
    IssueDelivery,
    NewsletterSubscriber,
    SubscriberState,
)
from shop.core import clock, jobs, mail
from shop.core.database import rows_changed, upsert
from shop.core.errors import or_404
from shop.core.mail import unsubscribe
from shop.core.mail.text_part import text_of_html
from shop.core.web.pagination import Page, newest_first
from shop.core.web.security import base_url
from shop.plugins.api import Refused, db
from shop.plugins.drawing.directives import render_for_elsewhere

JOB = "newsletter.send_batch"
BATCH = 50
TIME_TO_CANCEL = timedelta(minutes=5)
PAGE_SIZE = 50
KIND = "newsletter-letter"


def campaign_or_404(campaign_id: int) -> Campaign:
    """One issue.

    Raises:
        NotFound: there is none.
    """
    return or_404(db.session.get(Campaign, campaign_id))


def campaigns(after: str | None = None) -> Page[Campaign]:
    """Newest first."""
    query = select(Campaign)
    return newest_first(query, Campaign.id, after=after, size=PAGE_SIZE)


def delivered(campaign: Campaign) -> int:
    """How many copies were queued so far."""
    return (
        db.session.scalar(select(func.count()).where(IssueDelivery.campaign_id == campaign.id)) or 0
    )


def write_issue(*, subject: str, body: str) -> Campaign:
    """Begin an issue."""
    campaign = Campaign(subject=subject, body=body)
    db.session.add(campaign)
    db.session.flush()
    return campaign


def rewrite(campaign: Campaign, *, subject: str, body: str) -> None:
    """Change an issue that nobody has got yet.

    Raises:
        Refused: it is on its way.
    """
    if not campaign.is_draft:
        raise Refused(_("This issue is being sent, so it can’t be changed any more."))
    campaign.subject = subject
    campaign.body = body


def discard(campaign: Campaign) -> None:
    """Delete a draft.

    Raises:
        Refused: it is on its way.
    """
    if not campaign.is_draft:
        raise Refused(_("An issue that was sent can’t be deleted."))
    db.session.delete(campaign)


def prepare_test(campaign: Campaign, to: str) -> Callable[[], None]:
    """Render one copy for its writer; what is returned queues it."""
    rendered = letter(campaign)
    words = text_of_html(rendered)
    return mail.prepare_mail(KIND, to, {"campaign": campaign, "letter": rendered, "words": words})


def send_issue(campaign: Campaign, *, after: timedelta = TIME_TO_CANCEL) -> None:
    """Send an issue to everyone who is confirmed when it begins, some minutes from now. Pressing twice sends once.

    Raises:
        Refused: nobody is confirmed.
    """
    recipients = queries.subscriber_counts()[SubscriberState.CONFIRMED]
    if not recipients:
        raise Refused(_("No subscribers have confirmed yet."))
    begins = clock.now() + after
    started = rows_changed(
        update(Campaign)
        .where(Campaign.id == campaign.id, Campaign.state == CampaignState.DRAFT)
        .values(state=CampaignState.SENDING, recipients=recipients, started_at=begins)
    )
    if started == 1:
        jobs.enqueue(JOB, {"campaign_id": campaign.id}, run_at=begins)


def cancel_sending(campaign: Campaign) -> None:
    """Make an issue a draft again, as long as no copy of it has left.

    Raises:
        Refused: the sending has begun, or is over.
    """
    cancelled = rows_changed(
        update(Campaign)
        .where(
            Campaign.id == campaign.id,
            Campaign.state == CampaignState.SENDING,
            Campaign.started_at > clock.now(),
        )
        .values(state=CampaignState.DRAFT, recipients=0, started_at=None)
    )
    if cancelled != 1:
        raise Refused(_("It is too late to cancel: the first copies have left."))


def send_batch(payload: dict[str, Any]) -> Callable[[], None] | None:
    """The job: render the copies of the next subscribers; returned is what queues them and the job of those after.

    To render them takes as long as some hundred changes of others, who could not write meanwhile with SQLite.
    """
    campaign = db.session.get(Campaign, payload["campaign_id"])
    if campaign is None or campaign.state != CampaignState.SENDING or campaign.is_to_begin:
        return None  # the job of a sending that was cancelled; one that was asked for since has its own
    batch = db.session.scalars(
        queries.confirmed_in_order(campaign.reached_id, BATCH).where(
            NewsletterSubscriber.confirmed_at <= campaign.started_at
        )
    ).all()
    after = partial(_at_place, campaign.id, campaign.reached_id)
    copies = _copies(campaign, batch)
    db.session.rollback()
    return partial(_queue_copies, after, copies) if copies else partial(_finish, after)


def _copies(
    campaign: Campaign, batch: Sequence[NewsletterSubscriber]
) -> dict[int, mail.WrittenMail]:
    """The copy of each subscriber, by their ids."""
    rendered = letter(campaign) if batch else Markup()
    words = text_of_html(rendered)
    copies = {}
    for subscriber in batch:
        leaving = services.unsubscribe_address(subscriber)
        context = {"campaign": campaign, "letter": rendered, "words": words}
        copies[subscriber.id] = mail.write(
            KIND,
            subscriber.email,
            {**context, "unsubscribe_url": leaving},
            headers=unsubscribe.headers(leaving),
        )
    return copies


def _at_place(campaign_id: int, reached_id: int) -> Campaign | None:
    """The issue, locked; None when its sending does not stand where the copies were rendered."""
    campaign = db.session.scalar(
        select(Campaign).where(Campaign.id == campaign_id).with_for_update()
    )
    if campaign is None or campaign.state != CampaignState.SENDING:
        return None
    return campaign if campaign.reached_id == reached_id else None


def _finish(at_place: Callable[[], Campaign | None]) -> None:
    if (campaign := at_place()) is not None:
        campaign.state = CampaignState.SENT
        campaign.finished_at = clock.now()


def _queue_copies(
    at_place: Callable[[], Campaign | None], copies: Mapping[int, mail.WrittenMail]
) -> None:
    campaign = at_place()
    if campaign is None:
        return
    staying = queries.confirmed_among(copies)
    if staying:
        queued = upsert(IssueDelivery).values(
            [
                {"campaign_id": campaign.id, "subscriber_id": each, "queued_at": clock.now()}
                for each in staying
            ]
        )
        fresh = db.session.scalars(
            queued.on_conflict_do_nothing().returning(IssueDelivery.subscriber_id)
        )
        mail.queue_all([copies[subscriber_id] for subscriber_id in sorted(fresh)])
    campaign.reached_id = max(copies)
    jobs.enqueue(JOB, {"campaign_id": campaign.id})


def letter(campaign: Campaign) -> Markup:
    """The issue as HTML for a mail: without classes and anchors, with whole addresses."""
    whole = nh3.clean(
        str(render_for_elsewhere(campaign.body)),
        attributes={
            "a": {"href", "title"},
            "img": {"src", "alt", "title", "width", "height"},
            "ol": {"start"},
        },
        url_schemes={"http", "https", "mailto"},
        link_rel=None,
        url_relative=("rewrite_with_base", base_url() + "/"),
    )
    return Markup(whole)  # noqa: S704 - nh3 has cleaned it, twice
