"""What happens to carts."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import cache

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import Select, bindparam, select

from shop.blueprints.cart import queries
from shop.blueprints.cart.lines import capacity
from shop.blueprints.cart.models import MAX_LINES, MAX_NOTE, MAX_QUANTITY, Cart, CartItem
from shop.blueprints.catalog import queries as catalog
from shop.blueprints.catalog.models import Variant
from shop.core import clock
from shop.plugins.api import NotFound, Refused, db


class DoesNotFit(Refused):
    """More were asked for than this cart may still take. `remaining` is how many it may."""

    def __init__(self, remaining: int) -> None:
        super().__init__(_limit_message(remaining), field="quantity")
        self.remaining = remaining


def _limit_message(remaining: int) -> str:
    if remaining <= 0:
        return str(_("The max number of items have already been added"))
    return str(
        ngettext(
            "There is only one item left to add to the cart",
            "There are only %(num)d items left to add to the cart",
            remaining,
        )
    )


def start_cart() -> Cart:
    """A new, empty cart."""
    cart = Cart()
    db.session.add(cart)
    db.session.flush()
    return cart


def require_room(currencies: Collection[str], currency: str) -> None:
    """See that a cart with lines in these currencies can take another one.

    Raises:
        Refused: it is full, or the new line's currency is another.
    """
    if len(currencies) >= MAX_LINES:
        raise Refused(_("Your cart is full. Check out first, then add more."))
    if any(each != currency for each in currencies):
        raise Refused(
            _(
                "This is sold in a different currency from the items in your cart. Order it separately."
            )
        )


def change_quantity(cart: Cart, item_id: int, quantity: int) -> str:
    """Set the quantity of a line; 0 removes it. More than can be sold is lowered to that.

    Returns:
        What has to be said on the line, or nothing.

    Raises:
        NotFound: the line is not, or no longer, in this cart.
        Refused: the quantity is out of bounds.
    """
    _lock(cart)
    item = queries.item_of(cart, item_id)
    if not 0 <= quantity <= MAX_QUANTITY:
        raise Refused(
            _("Enter a quantity from 0 to %(most)d.", most=MAX_QUANTITY), field="quantity"
        )
    said = ""
    if quantity:
        said = _set_quantity(cart, item, quantity)
    else:
        db.session.delete(item)
    _touch(cart)
    return said


def _set_quantity(cart: Cart, item: CartItem, quantity: int) -> str:
    limit = capacity(item.variant, _own(cart, item.variant))
    if limit == 0:
        return ""  # the line itself says what became of it
    if limit is None or quantity <= limit:
        item.quantity = quantity
        return ""
    said = _limit_message(limit - item.quantity)
    item.quantity = min(limit, MAX_QUANTITY)
    return said


def set_note(cart: Cart, note: str) -> None:
    """Keep what the buyer wants to say with the order.

    Raises:
        Refused: it is too long.
    """
    if len(note) > MAX_NOTE:
        raise Refused(_("Use at most %(max)d characters.", max=MAX_NOTE), field="note")
    _lock(cart)
    cart.note = note
    _touch(cart)


def set_code(cart: Cart, code: str) -> None:
    """Keep the code with which the buyer wants to pay less; none when it is empty."""
    _lock(cart)
    cart.code = code
    _touch(cart)


def take_out(cart: Cart, bought: Iterable[tuple[int, int]]) -> None:
    """Take out what was paid for, (variant id, quantity) each; what was added meanwhile stays."""
    _lock(cart)
    paid = dict(bought)
    for item in db.session.scalars(select(CartItem).where(CartItem.cart_id == cart.id)).all():
        left = item.quantity - paid.get(item.variant_id, 0)
        if left > 0:
            item.quantity = left
        else:
            db.session.delete(item)
    cart.held_as = None
    cart.code = ""
    _touch(cart)


def put_back(
    cart: Cart, wanted: Iterable[tuple[int | None, int, str]], *, held_as: str | None
) -> list[str]:
    """Let a cart hold what was ordered before. Asked again, nothing is doubled.

    Args:
        wanted: variant id (None when it was deleted), quantity and title, each.
        held_as: the reference under which these items are still reserved for it, if they are.

    Returns:
        The titles of what can't be had any more, or not beside the rest of the cart: it is left out.
    """
    _lock(cart)
    cart.held_as = held_as or cart.held_as
    left_out = [
        title
        for variant_id, quantity, title in wanted
        if variant_id is None
        or not _put_back(cart, db.session.get_one(Variant, variant_id), quantity)
    ]
    _touch(cart)
    return left_out


def _put_back(cart: Cart, variant: Variant, quantity: int) -> bool:
    limit = capacity(variant, _own(cart, variant))
    most = quantity if limit is None else min(quantity, limit)
    if most < 1:
        return False
    item = db.session.scalar(
        select(CartItem).where(CartItem.cart_id == cart.id, CartItem.variant_id == variant.id)
    )
    if item is not None:
        item.quantity = max(item.quantity, most)
        return True
    try:
        require_room(queries.currencies(cart), variant.product.currency)
    except Refused:
        return False
    db.session.add(CartItem(cart_id=cart.id, variant=variant, quantity=most))
    db.session.flush()
    return True


def _own(cart: Cart, variant: Variant) -> int:
    return catalog.held(cart.held_as).get(variant.id, 0) if cart.held_as else 0


def _lock(cart: Cart) -> None:
    # Two requests of one visitor at once: the second one waits and sees what the first one did.
    if db.session.scalar(_locked(), {"cart_id": cart.id}) is None:  # swept away in this moment
        raise NotFound


@cache
def _locked() -> Select[Cart]:
    query = select(Cart).where(Cart.id == bindparam("cart_id")).with_for_update()
    return query.execution_options(populate_existing=True)


def _touch(cart: Cart) -> None:
    cart.updated_at = clock.now()
    db.session.flush()
