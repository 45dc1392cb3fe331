"""What happens to orders: placed, paid, cancelled, joined to an account."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import func, update

from shop.blueprints.accounts.models import Account
from shop.blueprints.accounts.queries import account_of
from shop.blueprints.catalog.stock import reservations
from shop.blueprints.orders import fulfilment, numbers, queries, transitions
from shop.blueprints.orders.drafts import LineDraft, OrderDraft
from shop.blueprints.orders.models import Order, OrderLine, OrderNote
from shop.blueprints.orders.states import OrderState, RefundStanding
from shop.core import clock, money
from shop.core.mail.mailboxes import normal_address
from shop.plugins.api import Refused, db, publish
from shop.plugins.api.events import OrderCancelled, OrderPaid, OrderPlaced


def place_order(draft: OrderDraft) -> Order:
    """Fix an order's lines and amounts, and reserve its stock.

    Raises:
        Refused: nothing is in it, or it costs more than we can count.
        OutOfStock: a line is no longer there; nothing is placed.
    """
    total = draft.total_minor
    if not draft.lines:
        raise Refused(_("Your cart is currently empty."))
    if total > money.MAX_MINOR:
        raise Refused(_("This order is too large for one payment. Please order less."))
    order = Order(
        number=_free_number(),
        email=normal_address(draft.email),
        name=draft.name,
        account_id=draft.account_id or _account_of_verified(draft.email),
        currency=draft.currency,
        subtotal_minor=draft.subtotal_minor,
        discount_minor=draft.discount_minor,
        discount_label=draft.discount_label,
        shipping_minor=draft.shipping_minor,
        shipping_label=draft.shipping_label,
        tax_minor=draft.tax_minor,
        tax_breakdown=[dict(row) for row in draft.tax_breakdown],
        prices_include_tax=draft.prices_include_tax,
        tax_country=draft.tax_country,
        tax_number=draft.tax_number,
        total_minor=total,
        address=dict(draft.address) if draft.address else None,
        note=draft.note,
        is_gift=draft.is_gift,
        gift_note=draft.gift_note if draft.is_gift else "",
        reserved_until=draft.reserved_until,
        state=OrderState.AWAITING_PAYMENT,
        lines=[_line(line) for line in draft.lines],
    )
    db.session.add(order)
    db.session.flush()
    reservations.reserve(order.link_key, wanted(order), until=draft.reserved_until)
    transitions.note(order.id, None, OrderState.AWAITING_PAYMENT, why=_("Placed"))
    publish(OrderPlaced(order_id=order.id))
    return order


def _account_of_verified(email: str) -> int | None:
    """The account that has shown this address to be its own."""
    account = account_of(email)
    return account.id if account is not None and account.is_verified else None


def _line(line: LineDraft) -> OrderLine:
    return OrderLine(
        variant_id=line.variant_id,
        product_id=line.product_id,
        title=line.title,
        variant_title=line.variant_title,
        sku=line.sku,
        unit_price_minor=line.unit_price_minor,
        quantity=line.quantity,
        is_digital=line.is_digital,
        is_service=line.is_service,
        discount_minor=line.discount_minor,
        tax_minor=line.tax_minor,
        tax_rate=line.tax_rate,
        came_from=line.came_from,
    )


def _free_number() -> str:
    while True:
        number = numbers.random_number()
        if queries.order_by_number(number) is None:
            return number


def wanted(order: Order) -> dict[int, int]:
    """Items by variant, for the stock."""
    pieces: dict[int, int] = {}
    for line in order.lines:
        if line.variant_id is not None:
            pieces[line.variant_id] = pieces.get(line.variant_id, 0) + line.quantity
    return pieces


def wait_longer(order: Order, *, until: datetime) -> None:
    """Let a locked order wait for its money until then, with its stock, if others have not bought it meanwhile."""
    if order.is_awaiting_payment and (order.reserved_until is None or order.reserved_until < until):
        order.reserved_until = until
        keep_stock(order, until=until)


def keep_stock(order: Order, *, until: datetime) -> bool:
    """Reserve what a placed order needs, unless it still is. False when its time was over and others have bought it."""
    try:
        with db.session.begin_nested():
            reservations.reserve(order.link_key, wanted(order), until=until)
    except reservations.OutOfStock:
        return False
    return True


def let_stock_go(order: Order) -> None:
    """Let others buy what a waiting order needs; `keep_stock` takes it again, if it is still there then."""
    reservations.release(order.link_key)


def settle_free(order: Order) -> bool:
    """An order that costs nothing is paid as it is placed. False when it already was.

    Raises:
        Refused: it costs something.
    """
    if order.total_minor:
        raise Refused(_("This order must be paid."))
    return mark_paid(order, come_from=OrderState.AWAITING_PAYMENT, why=_("Nothing to pay"))


def mark_paid(order: Order, *, come_from: OrderState, why: str) -> bool:
    """An order is paid: sold, to be sent, and said, in one unit of work. False when it already was."""
    if not transitions.advance(
        order.id, come_from=come_from, to=OrderState.PAID, why=why, paid_at=clock.now()
    ):
        return False
    reservations.sell(order.link_key)
    fulfilment.keep_list(order)
    publish(OrderPaid(order_id=order.id))
    return True


def cancel_order(order_id: int, *, why: str, by: Account | None = None) -> bool:
    """Give up an order that nobody paid, and give its stock back. False when it is not waiting any more.

    What was started to pay it has to be ended first, by the feature that began it.
    """
    if not transitions.advance(
        order_id,
        come_from=OrderState.AWAITING_PAYMENT,
        to=OrderState.CANCELLED,
        why=why,
        by=by,
    ):
        return False
    order = queries.read_again(order_id)
    reservations.release(order.link_key)
    publish(OrderCancelled(order_id=order_id))
    return True


def count_money_back(
    order: Order, amount_minor: int, *, why: str, by: Account | None = None
) -> None:
    """Money of a locked order has gone back; less than nothing when a bank has returned some of it to us."""
    order.refunded_minor += amount_minor
    to = RefundStanding.NONE
    if order.refunded_minor:
        whole = order.refunded_minor >= order.total_minor
        to = RefundStanding.REFUNDED if whole else RefundStanding.PARTLY_REFUNDED
    come_from = RefundStanding(order.refund_state)
    if come_from is to:
        transitions.note(order.id, come_from, to, why=why, by=by)
    else:
        transitions.advance(order.id, come_from=come_from, to=to, why=why, by=by)


def join(account_id: int, email: str) -> None:
    """Give an account the guest orders of an address that it has shown to be its own."""
    db.session.execute(
        update(Order)
        .where(Order.email == func.lower(email), Order.account_id.is_(None))
        .values(account_id=account_id)
        .execution_options(synchronize_session=False)
    )


def write_order_note(order: Order, body: str, *, to_buyer: bool, by: Account | None) -> OrderNote:
    """Keep a note; one to the buyer is on the order's page, and is mailed by what `mails.prepare_note` returned."""
    note = OrderNote(order_id=order.id, body=body, to_buyer=to_buyer, by_id=by.id if by else None)
    db.session.add(note)
    return note
