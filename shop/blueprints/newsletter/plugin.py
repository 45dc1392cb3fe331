"""What the newsletter contributes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from flask import Blueprint
from flask_babel import lazy_gettext as _l

from shop.blueprints.newsletter import admin, campaigns, queries, services, views
from shop.blueprints.newsletter.settings import NewsletterSettings
from shop.core.jobs import Lane
from shop.plugins.api import (
    AdminAction,
    AdminSection,
    AnySubscriber,
    JobKind,
    MailKind,
    Periodic,
    Permission,
    PersonalData,
    Plugin,
    Slot,
    Subscriber,
    hookimpl,
)
from shop.plugins.api.events import SubscriptionAsked

PLUGIN = Plugin(
    name="newsletter",
    title=_l("Newsletter"),
    requires=("accounts",),
    settings=NewsletterSettings,
)


@hookimpl
def blueprints() -> Iterable[Blueprint]:
    yield views.bp


@hookimpl
def slots() -> Iterable[Slot]:
    yield Slot("footer", "newsletter/footer.html", views.footer)
    yield Slot(
        "article.after_body", "newsletter/below_article.html", views.card_below_article, order=50
    )
    yield Slot("home.sections", "newsletter/card.html", views.card, order=150)


@hookimpl
def permissions() -> Iterable[Permission]:
    yield Permission(
        "newsletter.manage", _l("See subscribers and send the newsletter"), frozenset()
    )


@hookimpl
def admin_sections() -> Iterable[AdminSection]:
    yield AdminSection(
        name="newsletter",
        label=_l("Newsletter"),
        group="talk",
        permission="newsletter.manage",
        blueprint=admin.bp,
        order=30,
        find=admin.find_subscribers,
        actions=[AdminAction(_l("New newsletter issue"), "compose")],
    )


@hookimpl
def mail_kinds() -> Iterable[MailKind]:
    yield MailKind(
        name="newsletter-confirmation",
        title=_l("Newsletter confirmation"),
        subject=_l("Please confirm your subscription to {{ site.name }}"),
        reason=_l(
            "You get this email because someone, hopefully you, entered this email address on our site."
        ),
    )
    yield MailKind(
        name="newsletter-letter",
        title=_l("Newsletter issue"),
        subject=_l("{{ campaign.subject }}"),
        reason=_l("You get this email because you subscribed to our newsletter."),
    )


@hookimpl
def subscribers() -> Iterable[AnySubscriber]:
    yield Subscriber(
        "newsletter.see_to_sign_up",
        SubscriptionAsked,
        services.see_to_sign_up,
        in_transaction=False,
    )


@hookimpl
def job_kinds() -> Iterable[JobKind]:
    yield JobKind(campaigns.JOB, campaigns.send_batch, in_transaction=False, lane=Lane.SLOW)


@hookimpl
def periodic_jobs() -> Iterable[Periodic]:
    yield Periodic("newsletter.forget_unanswered", timedelta(hours=1), services.forget_unanswered)


@hookimpl
def personal_data() -> Iterable[PersonalData]:
    yield PersonalData("newsletter", _l("Newsletter"), export=_export, erase=services.erase)


def _export(email: str) -> Sequence[Mapping[str, Any]]:
    subscriber = queries.subscriber_of(email)
    asked = [
        {"asked": sign_up.asked_at.isoformat(), "asked_on": sign_up.asked_on}
        for sign_up in queries.sign_ups_of(email)
    ]
    if subscriber is None:
        return asked
    moments = {
        "asked": subscriber.asked_at,
        "confirmed": subscriber.confirmed_at,
        "left": subscriber.left_at,
    }
    return [
        {
            "state": subscriber.state,
            "asked_on": subscriber.asked_on,
            **{name: moment.isoformat() for name, moment in moments.items() if moment},
        },
        *asked,
    ]
