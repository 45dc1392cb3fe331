"""What happens to codes. Orders keep the discount that they were placed with, whatever becomes of the code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _

from shop.blueprints.cart.models import MAX_CODE
from shop.blueprints.discounts import queries
from shop.blueprints.discounts.models import DiscountCode, DiscountKind
from shop.plugins.api import Refused, db


@dataclass(frozen=True, slots=True)
class CodeTerms:
    """What a code does. Thousandths of a percent, minor units of `currency`, moments in UTC, addresses of products."""

    code: str
    kind: DiscountKind
    currency: str
    percent: int | None = None
    amount_minor: int | None = None
    products: Sequence[str] = ()
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    max_uses: int | None = None
    once_a_customer: bool = False


def write_code(terms: CodeTerms, *, code: DiscountCode | None = None) -> DiscountCode:
    """Make a code, or change one; what was counted stays.

    Raises:
        Refused: there is such a code, a product is unknown, or it ends before it starts; `field` says which.
    """
    _check(terms, code)
    products = queries.products_by_slug(terms.products)
    unknown = [slug for slug in terms.products if slug not in products]
    if unknown:
        raise Refused(
            _("There is no product with the web address %(slug)s.", slug=unknown[0]),
            field="products",
        )
    code = code or DiscountCode()
    code.code, code.kind, code.currency = terms.code, terms.kind, terms.currency
    code.percent, code.amount_minor = terms.percent, terms.amount_minor
    code.starts_at, code.ends_at = terms.starts_at, terms.ends_at
    code.max_uses, code.once_a_customer = terms.max_uses, terms.once_a_customer
    code.products = list(products.values())
    db.session.add(code)
    db.session.flush()
    return code


def _check(terms: CodeTerms, code: DiscountCode | None) -> None:
    if len(terms.code) > MAX_CODE:  # ß has two letters as a capital
        raise Refused(_("Use at most %(max)d characters.", max=MAX_CODE), field="code")
    twin = queries.code_named(terms.code)
    if twin is not None and twin is not code:
        raise Refused(_("This code already exists."), field="code")
    if terms.starts_at and terms.ends_at and terms.ends_at <= terms.starts_at:
        raise Refused(_("The end must be after the start."), field="ends_at")


def switch(code: DiscountCode, *, on: bool) -> None:
    """Activate a code, or deactivate it."""
    code.is_on = on
