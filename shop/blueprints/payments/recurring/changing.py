"""Another amount in the middle of what is paid: agreed here, then asked of the provider outside any transaction.

What is agreed and not yet done stands on the row of the subscription. The provider says what it charges now, so a
change of which nobody heard how it ended is found again by asking.
"""

from __future__ import annotations

import structlog
from flask_babel import gettext as _

from shop.blueprints.payments.answers import tell
from shop.blueprints.payments.attempts.opening import START_TAKES
from shop.blueprints.payments.recurring import learning, queries
from shop.blueprints.payments.recurring.models import PaidSubscription, RecurringState
from shop.core import clock
from shop.core.secrets.tokens import random_token
from shop.plugins.api import ChangeableProvider, Refused, SubscriptionChange, db, unit_of_work

log = structlog.get_logger(__name__)


def agree_anew(subscription_id: int, title: str, amount_minor: int) -> None:
    """Charge another amount from now on; see `shop.plugins.verbs.selling.change_subscription`."""
    name = queries.subscription_numbered(subscription_id).provider
    db.session.rollback()
    try:
        provider = learning.recurring_named(name)
        learning.look_up_subscription(subscription_id, learned_from="change")
    except Exception as error:
        raise _silent(subscription_id, error) from error
    if not isinstance(provider, ChangeableProvider):
        raise Refused(_("This can’t be changed while it is paid. End it, and start again."))
    _ask(subscription_id, provider, *_agreed(subscription_id, title[:200], amount_minor))


def _agreed(subscription_id: int, title: str, amount_minor: int) -> tuple[str, SubscriptionChange]:
    """What to ask for, written down before anybody is asked, and under which name the provider knows it."""
    with unit_of_work():
        row = queries.locked(subscription_id)
        if row.state != RecurringState.ACTIVE or row.ends_at is not None or row.reference is None:
            raise Refused(_("Only what is paid, and is to go on, can be changed."))
        if not _is_claimed(row, title, amount_minor):
            raise Refused(_("This is being changed already. Look again in a moment."))
        if (row.title, row.amount_minor) == (title, amount_minor):
            raise Refused(_("You are paying for this already."))
        row.changing_title, row.changing_minor = title, amount_minor
        return row.reference, SubscriptionChange(title, amount_minor, row.currency, row.change_key)


def _is_claimed(row: PaidSubscription, title: str, amount_minor: int) -> bool:
    """Take the change up, alone. One that died on the way is gone on with, by the same key, so it is charged once."""
    if row.changing_minor is None:
        row.change_key = random_token()
    elif not _has_died(row) or (row.changing_title, row.changing_minor) != (title, amount_minor):
        return False
    row.changing_since = clock.now()
    return True


def _has_died(row: PaidSubscription) -> bool:
    return row.changing_since is None or row.changing_since < clock.now() - START_TAKES


def _ask(
    subscription_id: int, provider: ChangeableProvider, reference: str, asked: SubscriptionChange
) -> None:
    try:
        tell(provider, lambda: provider.change_subscription(reference, asked))
    except Refused:
        _call_off(subscription_id, asked.idempotency_key)
        raise
    except Exception as error:
        raise _silent(subscription_id, error) from error
    try:
        learning.look_up_subscription(subscription_id, learned_from="change")
    except Exception as error:
        raise _silent(subscription_id, error) from error


def _call_off(subscription_id: int, key: str) -> None:
    db.session.rollback()
    with unit_of_work():
        row = queries.locked(subscription_id)
        if row.change_key == key:
            row.forget_change()


def _silent(subscription_id: int, error: Exception) -> Refused:
    log.warning("subscription.not_changed", subscription=subscription_id, error=repr(error))
    db.session.rollback()
    return Refused(
        _("The payment provider does not answer. Look again in a moment whether it has changed.")
    )
