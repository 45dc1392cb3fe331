"""The club of annotators: somebody pays every month, and may end that at any time; and a bill for something else."""

from __future__ import annotations

from bookstall_marginalia.payment import OnAccount
from shop.plugins.api import (
    NewOrder,
    NewOrderLine,
    NotFound,
    SubscriptionOffer,
    SubscriptionView,
    Visitor,
    change_subscription,
    end_subscription,
    external_url,
    keep_subscription,
    look_up,
    make_order,
    pay_order,
    subscribe,
    unit_of_work,
)


def join(who: Visitor) -> str:
    """Where somebody pays to become a member."""
    page = external_url("marginalia.index")
    return subscribe(offer_to(who), return_url=page, cancel_url=page)


def offer_to(who: Visitor) -> SubscriptionOffer:
    """Five euros a month, tax included."""
    return SubscriptionOffer(
        subject=f"marginalia:{who.id}",
        title="The club of annotators",
        amount_minor=500,
        currency="EUR",
        every="month",
        email=who.email,
        account_id=who.id,
        tax_label="VAT",
        tax_rate=19_000,
        country="DE",
    )


def membership_of(who: Visitor) -> SubscriptionView:
    """What somebody pays.

    Raises:
        NotFound: nothing, and never did.
    """
    membership = look_up(SubscriptionView, f"marginalia:{who.id}")
    if membership is None:
        raise NotFound
    return membership


def leave(who: Visitor) -> None:
    """Pay no more; what is paid already holds until its end."""
    end_subscription(membership_of(who).id)


def stay(who: Visitor) -> None:
    """Stay a member after all."""
    keep_subscription(membership_of(who).id)


def give_more(who: Visitor, minor: int) -> None:
    """Pay another amount a month, from now on."""
    change_subscription(membership_of(who).id, title="The club, with a heart", amount_minor=minor)


def bill(who: Visitor, minor: int) -> str:
    """Sell an evening with the annotators: where it is paid."""
    evening = NewOrderLine("An evening with the annotators", minor)
    with unit_of_work():
        made = make_order(NewOrder(who.email, "EUR", (evening,), account_id=who.id))
    return pay_order(made.id, OnAccount.name)
