"""Beginning a subscription at a provider: outside any transaction, once a subject however often it is asked for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import structlog
from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy import or_, update
from sqlalchemy.exc import IntegrityError

from shop.blueprints.payments.answers import started_by
from shop.blueprints.payments.attempts.opening import START_TAKES
from shop.blueprints.payments.providers import offered_providers
from shop.blueprints.payments.recurring import ending, learning, queries
from shop.blueprints.payments.recurring.models import PaidSubscription, RecurringState
from shop.core import clock
from shop.core.database import rows_changed
from shop.core.mail.mailboxes import normal_address
from shop.plugins import PluginFailed
from shop.plugins.api import (
    PaymentStarted,
    RecurringProvider,
    Refused,
    SubscriptionOffer,
    SubscriptionRequest,
    db,
    unit_of_work,
)

log = structlog.get_logger(__name__)

TIME_TO_PAY = timedelta(hours=23)
TRIES = 3


def begin_subscription(offer: SubscriptionOffer, return_url: str, cancel_url: str) -> str:
    """Where the buyer goes on to pay for the first time; see `shop.plugins.verbs.selling.subscribe`."""
    provider = _provider(offer)
    for _try in range(TRIES):
        there = queries.living(offer.subject)
        if there is None or there.reference is None:
            return _start(_taken_up(offer, provider), provider, return_url, cancel_url)
        if there.state != RecurringState.STARTING:
            raise Refused(_("You are paying for this already."))
        subscription_id = there.id
        _ask(subscription_id)
        there = queries.subscription_numbered(subscription_id)
        if there.state == RecurringState.STARTING and _is_the_same(there, offer):
            return there.redirect_url
        if there.state == RecurringState.STARTING:
            db.session.rollback()
            ending.stop_charging(subscription_id, at_once=True)
    raise Refused(_("You are already paying for this in another window. Continue there."))


def _provider(offer: SubscriptionOffer) -> RecurringProvider:
    for provider in offered_providers(offer.amount_minor):
        if isinstance(provider, RecurringProvider):
            return provider
    raise Refused(_("We can’t take payments at the moment. Please try again later."))


def _ask(subscription_id: int) -> None:
    try:
        learning.look_up_subscription(subscription_id, learned_from="checkout")
    except Exception as error:
        log.warning("subscription.not_asked", subscription=subscription_id, error=repr(error))
        db.session.rollback()
        raise _silent() from error


def _silent() -> Refused:
    return Refused(
        _("The payment page can’t be opened at the moment. Nothing was charged. Please try again.")
    )


def _is_the_same(there: PaidSubscription, offer: SubscriptionOffer) -> bool:
    agreed = (there.title, there.amount_minor, there.currency, there.every)
    return agreed == (offer.title, offer.amount_minor, offer.currency, offer.every)


def _taken_up(offer: SubscriptionOffer, provider: RecurringProvider) -> SubscriptionRequest:
    """What to ask for, written down before anybody is asked; two who press at once ask once."""
    try:
        with unit_of_work():
            row = queries.living(offer.subject)
            if row is None or not _is_the_same(row, offer):
                if row is not None:  # nobody was ever asked for it, or never answered
                    row.ended_at, row.state = clock.now(), RecurringState.ENDED
                    db.session.flush()
                row = _written(offer, provider)
            if not _claimed(row.id):
                raise Refused(
                    _("Your payment page is already opening. Press the button again in a moment.")
                )
            return _request(row)
    except IntegrityError:
        raise Refused(
            _("Your payment page is already opening. Press the button again in a moment.")
        ) from None


def _written(offer: SubscriptionOffer, provider: RecurringProvider) -> PaidSubscription:
    row = PaidSubscription(
        subject=offer.subject,
        provider=provider.name,
        title=offer.title[:200],
        amount_minor=offer.amount_minor,
        currency=offer.currency,
        every=offer.every,
        tax_label=offer.tax_label[:120],
        tax_rate=offer.tax_rate,
        country=offer.country,
        email=normal_address(offer.email),
        name=offer.name[:80],
        account_id=offer.account_id,
    )
    db.session.add(row)
    db.session.flush()
    return row


def _claimed(subscription_id: int) -> bool:
    now = clock.now()
    claimed = rows_changed(
        update(PaidSubscription)
        .where(
            PaidSubscription.id == subscription_id,
            PaidSubscription.reference.is_(None),
            or_(
                PaidSubscription.checked_at.is_(None),
                PaidSubscription.checked_at < now - START_TAKES,
            ),
        )
        .values(checked_at=now)
    )
    return claimed == 1


def _request(row: PaidSubscription) -> SubscriptionRequest:
    return SubscriptionRequest(
        title=row.title,
        amount_minor=row.amount_minor,
        currency=row.currency,
        every=row.every,  # type: ignore[arg-type]  # as it was offered
        email=row.email,
        idempotency_key=row.idempotency_key,
        expires_at=row.started_at + TIME_TO_PAY,
        return_url="",
        cancel_url="",
        locale=str(get_locale() or "en"),
    )


def _start(
    request: SubscriptionRequest, provider: RecurringProvider, return_url: str, cancel_url: str
) -> str:
    asked = replace(request, return_url=return_url, cancel_url=cancel_url)
    try:
        started = started_by(provider, lambda: provider.subscribe(asked))
        _note_started(asked.idempotency_key, started)
    except (PluginFailed, IntegrityError) as error:  # two subscriptions can't have one name
        log.warning("subscription.not_started", provider=provider.name, error=repr(error))
        db.session.rollback()
        raise _silent() from error
    return started.redirect_url


def _note_started(key: str, started: PaymentStarted) -> None:
    with unit_of_work() as session:
        session.execute(
            update(PaidSubscription)
            .where(PaidSubscription.idempotency_key == key)
            .values(
                reference=started.reference,
                redirect_url=started.redirect_url,
                checked_at=clock.now(),
            )
            .execution_options(synchronize_session=False)
        )
