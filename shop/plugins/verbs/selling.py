"""Verbs about orders and recurring payments. The features above hand over who does it, as the application starts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from shop.core.app_state import app_state
from shop.plugins.terms.read_models import OrderView
from shop.plugins.terms.subscriptions import SubscriptionOffer


@dataclass(frozen=True, slots=True)
class NewOrderLine:
    """A line of an order that a plugin makes: a service, which is neither shipped nor downloaded.

    Attributes:
        title: what it is.
        unit_price_minor: the price of one, with its tax.
        quantity: how many.
    """

    title: str
    unit_price_minor: int
    quantity: int = 1


@dataclass(frozen=True, slots=True)
class NewOrder:
    """An order that a plugin makes for somebody.

    Attributes:
        email: the buyer's.
        currency: of the prices.
        lines: at least one.
        name: the buyer's.
        account_id: the buyer's account, if they have one.
        tax_label: such as `VAT`; empty without tax.
        tax_rate: in thousandths of a percent: 19 % is 19000. The tax is in the prices.
        country: whose tax it is, ISO 3166-1 alpha-2.
        days_to_pay: so long the order waits for its money.
    """

    email: str
    currency: str
    lines: tuple[NewOrderLine, ...]
    name: str = ""
    account_id: int | None = None
    tax_label: str = ""
    tax_rate: int = 0
    country: str = ""
    days_to_pay: int = 14


@dataclass(frozen=True, slots=True)
class Selling:
    """Who does what the verbs of this module say."""

    make_order: Callable[[NewOrder], OrderView]
    pay_order: Callable[[int, str], str]
    subscribe: Callable[[SubscriptionOffer, str, str], str]
    end_subscription: Callable[[int, bool, bool], None]
    keep_subscription: Callable[[int], None]
    change_subscription: Callable[[int, str, int], None]


def _selling() -> Selling:
    return app_state().part(Selling)


def make_order(new: NewOrder) -> OrderView:
    """Place an order for somebody; what costs nothing is paid at once. Only inside a unit of work.

    Raises:
        Refused: nothing is in it, or it costs too much.
        KeyError: the feature for payments is off.
    """
    return _selling().make_order(new)


def pay_order(order_id: int, provider: str) -> str:
    """Begin the payment of an order that waits: where its buyer goes on to pay. Never in a unit of work.

    Args:
        order_id: which order.
        provider: the `name` of a payment method that is offered.

    Raises:
        Refused: it is not offered, does not answer, or the order does not wait for money.
        KeyError: the feature for payments is off.
    """
    return _selling().pay_order(order_id, provider)


def subscribe(offer: SubscriptionOffer, *, return_url: str, cancel_url: str) -> str:
    """Begin a recurring payment: where the buyer goes on to pay for the first time. Never in a unit of work.

    Called again for the same subject it leads to the same payment. When the buyer is back, nothing may be believed but
    the subscription itself: look at it, and subscribe to `SubscriptionStarted`.

    Args:
        offer: what is paid for.
        return_url: where the buyer goes after paying or failing (whole address).
        cancel_url: where the buyer goes after giving up (whole address).

    Raises:
        Refused: this subject has a subscription already, or no payment method for it is offered or answers.
        KeyError: the feature for payments is off.
    """
    return _selling().subscribe(offer, return_url, cancel_url)


def end_subscription(
    subscription_id: int, *, at_once: bool = False, refund_last: bool = False
) -> None:
    """Charge no more. Never in a unit of work.

    Args:
        subscription_id: which one.
        at_once: end it now, not at the end of what is paid.
        refund_last: give the last payment back, too.

    Raises:
        Refused: the provider does not answer.
        NotFound: there is none.
        KeyError: the feature for payments is off.
    """
    _selling().end_subscription(subscription_id, at_once, refund_last)


def keep_subscription(subscription_id: int) -> None:
    """Let a subscription go on that was to end. Never in a unit of work.

    Raises:
        Refused: it has ended, or the provider does not answer.
        NotFound: there is none.
        KeyError: the feature for payments is off.
    """
    _selling().keep_subscription(subscription_id)


def change_subscription(subscription_id: int, *, title: str, amount_minor: int) -> None:
    """Charge another amount from now on, in the middle of what is paid. Never in a unit of work.

    More is charged at once, for the rest of what is paid; what is less comes off the next payments. When it is done
    `SubscriptionChanged` is published; until then nothing has changed. The currency and how often stay.

    Args:
        subscription_id: which one.
        title: what is paid for now.
        amount_minor: of each payment, above zero, with its tax.

    Raises:
        Refused: it is no other amount, it is not paid or is to end, it is being changed already, its payment method
            can't change it or does not answer, or the difference could not be charged.
        NotFound: there is none.
        KeyError: the feature for payments is off.
    """
    _selling().change_subscription(subscription_id, title, amount_minor)
