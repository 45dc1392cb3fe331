"""Uses of codes: counted when an order is placed, given back when it is cancelled."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, func, or_, select, update

from shop.blueprints.discounts import queries
from shop.blueprints.discounts.models import DiscountCode, DiscountUse
from shop.blueprints.orders.models import Order
from shop.blueprints.orders.queries import read_again
from shop.blueprints.orders.states import OrderState
from shop.core import clock
from shop.core.database import rows_changed, upsert
from shop.core.mail.mailboxes import mailbox_of
from shop.core.secrets.tokens import fingerprint
from shop.plugins.api import CartFacts, Refused, db
from shop.plugins.api.events import OrderCancelled, OrderErased, OrderPaid

USED_UP = _l("This code has been used the maximum number of times.")
ONCE_ONLY = _l(
    "This code has already been used with this email address. It works only once per buyer."
)


def customer_key(email: str) -> str:
    """How a buyer is recognised: by the mailbox, whichever of its addresses is given."""
    return fingerprint("discounts", mailbox_of(email))


def has_room(code: DiscountCode, reference: str) -> bool:
    """Whether a code that is used up still has a use for this cart: its own, or one that a cancelled order left."""
    return queries.standing_use(code, reference) or _left_behind(code) > 0


def _left_behind(code: DiscountCode) -> int:
    query = select(func.count()).where(*_cancelled(code.id)).select_from(DiscountUse)
    return db.session.scalar(query) or 0


def had_theirs(code: DiscountCode, cart: CartFacts) -> bool:
    """Whether this buyer has used the code before, in an order that was not cancelled."""
    return queries.is_used_by(code, customer_key(cart.email), besides=cart.reference)


def count_use(code: DiscountCode, *, order_id: int, email: str) -> None:
    """Count a use by one conditional statement, so that a limit holds however many come at once.

    Raises:
        Refused: none is left, or this buyer has used it before.
    """
    _take_back_cancelled(code.id)
    counted = rows_changed(
        update(DiscountCode)
        .where(
            DiscountCode.id == code.id,
            DiscountCode.is_on,
            or_(DiscountCode.max_uses.is_(None), DiscountCode.uses < DiscountCode.max_uses),
        )
        .values(uses=DiscountCode.uses + 1)
    )
    if counted != 1:
        raise Refused(str(USED_UP), field="code")
    noted = db.session.scalar(
        upsert(DiscountUse)
        .values(
            order_id=order_id,
            code_id=code.id,
            customer_key=customer_key(email) if code.once_a_customer else None,
            created_at=clock.now(),
        )
        .on_conflict_do_nothing(index_elements=["code_id", "customer_key"])
        .returning(DiscountUse.order_id)
    )
    if noted is None:
        raise Refused(str(ONCE_ONLY), field="code")


def give_use_back(event: OrderCancelled) -> None:
    """An order was cancelled: its use is free again, unless it was paid meanwhile."""
    _give_back(DiscountUse.order_id == event.order_id, _is_cancelled())


def recount_uses(event: OrderPaid) -> None:
    """An order was cancelled and paid after all: its use counts, past the limit if need be, for the money has come.

    It is its buyer's one use again, unless another order of the same buyer has used the code meanwhile.
    """
    revived = db.session.scalar(
        update(DiscountUse)
        .where(DiscountUse.order_id == event.order_id, DiscountUse.given_back_at.is_not(None))
        .values(given_back_at=None)
        .returning(DiscountUse.code_id)
        .execution_options(synchronize_session=False)
    )
    if revived is None:
        return
    _change(revived, 1)
    code, order = queries.code_or_404(revived), read_again(event.order_id)
    key = customer_key(order.email)
    if code.once_a_customer and not queries.is_used_by(code, key, besides=order.link_key):
        _note_customer(order.id, key)


def forget_customer(event: OrderErased) -> None:
    """Forget whose use it was: with the site's key one could still ask the hash about an address."""
    _note_customer(event.order_id, None)


def _note_customer(order_id: int, key: str | None) -> None:
    db.session.execute(
        update(DiscountUse)
        .where(DiscountUse.order_id == order_id)
        .values(customer_key=key)
        .execution_options(synchronize_session=False)
    )


def _take_back_cancelled(code_id: int) -> None:
    """Uses of orders that were cancelled a moment ago, whose event is still on its way."""
    _give_back(*_cancelled(code_id))


def _cancelled(code_id: int) -> tuple[ColumnElement[bool], ...]:
    return (
        DiscountUse.code_id == code_id,
        DiscountUse.given_back_at.is_(None),
        _is_cancelled(),
    )


def _is_cancelled() -> ColumnElement[bool]:
    return (
        select(Order.id)
        .where(Order.id == DiscountUse.order_id, Order.state == OrderState.CANCELLED)
        .exists()
    )


def _give_back(*which: ColumnElement[bool]) -> None:
    given = db.session.scalars(
        update(DiscountUse)
        .where(*which, DiscountUse.given_back_at.is_(None))
        .values(given_back_at=clock.now(), customer_key=None)
        .returning(DiscountUse.code_id)
        .execution_options(synchronize_session=False)
    ).all()
    for code_id in given:
        _change(code_id, -1)


def _change(code_id: int, by: int) -> None:
    db.session.execute(
        update(DiscountCode)
        .where(DiscountCode.id == code_id)
        .values(uses=DiscountCode.uses + by)
        .execution_options(synchronize_session=False)
    )
