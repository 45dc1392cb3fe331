"""What payments contribute."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from flask import Blueprint
from flask.blueprints import BlueprintSetupState
from flask_babel import lazy_gettext as _l

from shop.blueprints.payments import made_orders, mails, order_extension
from shop.blueprints.payments.attempts import ending, leftovers, looking_up
from shop.blueprints.payments.back_office import (
    monitoring,
    order_pages,
    order_sections,
    pages,
    refund_pages,  # noqa: F401 - its pages are of the same section
)
from shop.blueprints.payments.disputes import verdicts as dispute_verdicts
from shop.blueprints.payments.recurring import beginning, learning, personal
from shop.blueprints.payments.recurring import changing as subscription_changing
from shop.blueprints.payments.recurring import ending as subscription_ending
from shop.blueprints.payments.recurring import mails as subscription_mails
from shop.blueprints.payments.recurring.read_model import READ_MODEL
from shop.blueprints.payments.refunds import at_provider
from shop.blueprints.payments.settings import PaymentSettings
from shop.blueprints.payments.webhooks import handling
from shop.blueprints.payments.webhooks import views as webhook_views
from shop.core.app_state import state_of
from shop.core.jobs import Lane
from shop.plugins.api import (
    AdminSection,
    AnySubscriber,
    HealthCheck,
    JobKind,
    MailKind,
    OrderExtension,
    Periodic,
    PersonalData,
    Plugin,
    ReadModel,
    Slot,
    Subscriber,
    hookimpl,
)
from shop.plugins.api.events import (
    BankDidNotPay,
    OrderCalledOff,
    OrderCancelled,
    OrderDisputed,
    OrderExpired,
    OrderPaid,
    OrderRefunded,
    RefundBecameDue,
    RefundFailed,
    SubscriptionEnded,
    SubscriptionPaymentFailed,
)
from shop.plugins.verbs.selling import Selling

PLUGIN = Plugin(
    name="payments",
    title=_l("Payments"),
    requires=("orders",),
    settings=PaymentSettings,
    lane=Lane.MONEY,
)

_AFTER_GOODS = 200
_FOR_OWNER = _l(
    "You get this email because yours is the owner’s email address in the site’s settings."
)


@hookimpl
def blueprints() -> Iterable[Blueprint]:
    yield webhook_views.bp


@webhook_views.bp.record
def _hand_over(setup: BlueprintSetupState) -> None:
    """Say who does what the verbs of the API say."""
    state_of(setup.app).add(
        Selling(
            make_order=made_orders.make,
            pay_order=made_orders.pay_made_order,
            subscribe=beginning.begin_subscription,
            end_subscription=_end_subscription,
            keep_subscription=subscription_ending.go_on_charging,
            change_subscription=subscription_changing.agree_anew,
        )
    )


def _end_subscription(subscription_id: int, at_once: bool, refund_last: bool) -> None:
    subscription_ending.stop_charging(subscription_id, at_once=at_once, refund_last=refund_last)


@hookimpl
def read_models() -> Iterable[ReadModel]:
    yield READ_MODEL


@hookimpl
def personal_data() -> Iterable[PersonalData]:
    yield PersonalData(
        "subscriptions", _l("Subscriptions"), personal.export_subscriptions, personal.erase
    )


@hookimpl
def order_extensions() -> Iterable[OrderExtension]:
    yield order_extension.EXTENSION


@hookimpl
def slots() -> Iterable[Slot]:
    yield Slot("order.sections", "payments/paid_back.html", order_extension.paid_back, _AFTER_GOODS)
    yield Slot(
        "admin.orders.notices", "admin/payments/pressing.html", order_sections.above_the_list
    )
    yield Slot("admin.order.notices", "admin/payments/order_notices.html", order_sections.above)
    yield Slot(
        "admin.order.tools",
        "admin/payments/order_tools.html",
        order_sections.tools_of,
        _AFTER_GOODS,
    )
    yield Slot(
        "admin.order.sections",
        "admin/payments/order_sections.html",
        order_sections.money_of,
        _AFTER_GOODS,
    )


@hookimpl
def admin_sections() -> Iterable[AdminSection]:
    yield AdminSection(
        name="payments",
        label=_l("Payments"),
        group="sell",
        permission="orders.manage",
        blueprint=pages.bp,
        order=15,
    )
    yield AdminSection(
        name="order_payments",
        label=_l("Payments of orders"),
        group="sell",
        permission="orders.manage",
        blueprint=order_pages.bp,
        within="orders",
        proof="change",
    )


@hookimpl
def mail_kinds() -> Iterable[MailKind]:
    ordered = _l("You get this email because you ordered from us with this email address.")
    yield MailKind(
        name=mails.NOT_PAID,
        title=_l("An order was not paid"),
        subject=_l("Your order {{ order.number }} was not paid"),
        reason=ordered,
    )
    yield MailKind(
        name="order-cancelled",
        title=_l("An order was cancelled"),
        subject=_l("Your order {{ order.number }} was cancelled"),
        reason=ordered,
    )
    yield MailKind(
        name="order-refund-due",
        title=_l("A refund is coming"),
        subject=_l("About your payment for order {{ order.number }}"),
        reason=ordered,
    )
    yield MailKind(
        name="order-refunded",
        title=_l("An order was refunded"),
        subject=_l("Your refund for order {{ order.number }}"),
        reason=ordered,
    )
    yield MailKind(
        name="order-attention",
        title=_l("A refund failed"),
        subject=_l("Order {{ order.number }}: a refund failed"),
        reason=_FOR_OWNER,
    )
    yield MailKind(
        name="order-disputed",
        title=_l("A payment is disputed"),
        subject=_l("Order {{ order.number }}: the buyer’s bank wants the money back"),
        reason=_FOR_OWNER,
    )
    paying = _l("You get this email because you pay regularly for this with this email address.")
    yield MailKind(
        name=subscription_mails.FAILED,
        title=_l("A renewal failed"),
        subject=_l("Your payment for {{ subscription.title }} failed"),
        reason=paying,
    )
    yield MailKind(
        name=subscription_mails.ENDED,
        title=_l("A subscription has ended"),
        subject=_l("{{ subscription.title }} has ended"),
        reason=paying,
    )


@hookimpl
def subscribers() -> Iterable[AnySubscriber]:
    yield Subscriber(
        "payments.tell_of_bank", BankDidNotPay, mails.tell_of_bank, in_transaction=False
    )
    yield Subscriber(
        "payments.tell_of_expired", OrderExpired, mails.tell_of_expired, in_transaction=False
    )
    yield Subscriber(
        "payments.tell_of_called_off",
        OrderCalledOff,
        mails.tell_of_called_off,
        in_transaction=False,
    )
    yield Subscriber(
        "payments.announce_refund", RefundBecameDue, mails.announce_refund, in_transaction=False
    )
    yield Subscriber(
        "payments.confirm_refund", OrderRefunded, mails.confirm_refund, in_transaction=False
    )
    yield Subscriber(
        "payments.report_failed_refund",
        RefundFailed,
        mails.report_failed_refund,
        in_transaction=False,
    )
    yield Subscriber(
        "payments.report_dispute", OrderDisputed, mails.report_dispute, in_transaction=False
    )
    yield Subscriber(
        "payments.tell_of_failed",
        SubscriptionPaymentFailed,
        subscription_mails.tell_of_failed,
        in_transaction=False,
    )
    yield Subscriber(
        "payments.tell_of_ended",
        SubscriptionEnded,
        subscription_mails.tell_of_ended,
        in_transaction=False,
    )
    yield Subscriber("payments.end_leftovers_of_paid", OrderPaid, leftovers.end_leftovers)
    yield Subscriber("payments.end_leftovers_of_cancelled", OrderCancelled, leftovers.end_leftovers)


@hookimpl
def job_kinds() -> Iterable[JobKind]:
    yield ending.END
    yield looking_up.LOOK
    yield at_provider.CARRY_OUT
    yield handling.HANDLE
    yield subscription_ending.END


@hookimpl
def periodic_jobs() -> Iterable[Periodic]:
    minute = timedelta(minutes=1)
    yield Periodic("payments.reconcile", minute, looking_up.reconcile, in_transaction=False)
    yield Periodic(
        "payments.reconcile_subscriptions",
        10 * minute,
        learning.reconcile_subscriptions,
        in_transaction=False,
    )
    yield Periodic(
        "payments.end_unpaid_subscriptions",
        60 * minute,
        subscription_ending.end_unpaid,
        in_transaction=False,
    )
    yield Periodic("payments.close_expired", minute, ending.close_expired, in_transaction=False)
    yield Periodic(
        "payments.watch_refunds", 10 * minute, at_provider.watch_refunds, in_transaction=False
    )
    yield Periodic(
        "payments.watch_disputes",
        60 * minute,
        dispute_verdicts.watch_disputes,
        in_transaction=False,
    )


@hookimpl
def health_checks() -> Iterable[HealthCheck]:
    yield HealthCheck("payment messages", monitoring.check_payments)
