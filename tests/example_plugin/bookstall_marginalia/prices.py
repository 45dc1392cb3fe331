"""What the plugin has to say of prices."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from bookstall_marginalia.models import Note
from shop.plugins.api import (
    CartFacts,
    CartFactsLine,
    CartTerm,
    Discount,
    LimitedCartRule,
    Objection,
    Percent,
    Question,
    Refused,
    ShippingOption,
    Tax,
    db,
    now,
)

MOST_GRAMS = 10_000
CARRIED = "Carried by hand"


class PalindromesAreHalfPrice:
    """A `CartRule`: the code LEVEL takes half off."""

    name = "palindromes"
    takes_codes = True

    def terms(self, cart: CartFacts) -> Iterable[CartTerm]:
        if cart.code == "LEVEL":
            yield Discount("Half price for a palindrome", percent=Percent("50"), code=cart.code)


class CarriedByHand(LimitedCartRule):
    """The code BYHAND has a parcel carried, once for each buyer, within Luxembourg, where books
    bear 3 % of tax."""

    name = "by-hand"
    takes_codes = True

    def terms(self, cart: CartFacts) -> Iterable[CartTerm]:
        if cart.code != "BYHAND":
            return
        yield Discount("Carried by hand", code=cart.code)
        yield Question("country", choices=frozenset({"LU"}), settles_tax=True)
        yield ShippingOption("by-hand", "Carried by hand", price_minor=0)
        yield Tax("VAT", rate=3_000, variant_ids=frozenset(line.variant_id for line in cart.lines))
        if sum(map(grams, cart.lines)) > MOST_GRAMS:
            yield Objection("We can't carry more than ten kilograms.")

    def claim(self, cart: CartFacts, *, order_id: int) -> None:
        if cart.code != "BYHAND":
            return
        carried = select(Note.id).where(Note.email == cart.email, Note.words == CARRIED)
        if db.session.scalar(carried) is not None:
            raise Refused("We have carried a parcel to you before.")
        db.session.add(Note(email=cart.email, words=CARRIED, taken_down_at=now()))


def grams(line: CartFactsLine) -> int:
    """What a line weighs in a bag."""
    return 0 if line.is_digital else line.weight_grams * line.quantity
