"""The shape of a code."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    DateTimeLocalField,
    IntegerField,
    RadioField,
    StringField,
    TextAreaField,
)
from wtforms.validators import Optional, Regexp

from shop.blueprints.cart import codes
from shop.blueprints.cart.models import MAX_CODE
from shop.blueprints.discounts.models import DiscountCode, DiscountKind
from shop.blueprints.discounts.services import CodeTerms
from shop.core import money
from shop.core.dates import site_time
from shop.core.web.forms import between, choices_of, percentage
from shop.plugins.api.forms import Form, amount, one_line, several_lines, typed_moment

MOST_USES = 1_000_000
_WRITABLE = re.compile(r"[^\s<>]{2,40}\Z")


class CodeForm(Form):
    """What a code does, and for whom."""

    code = StringField(
        _l("Code"),
        description=_l("What buyers type. Capital letters don’t matter. No spaces."),
        **one_line(MAX_CODE, missing=_l("Enter a code.")),
    )
    kind = RadioField(
        _l("Type of discount"),
        choices=choices_of(DiscountKind),
        default=DiscountKind.PERCENT,
    )
    percent = StringField(_l("Percentage"), **one_line(10, required=False))
    amount = StringField(_l("Amount"), **one_line(20, required=False))
    products = TextAreaField(
        _l("Only for these products"),
        description=_l(
            "Web addresses of products, one per line: the part after /shop/. Leave empty for all "
            "products."
        ),
        **several_lines(4000, required=False),
    )
    starts_at = DateTimeLocalField(_l("From"), format="%Y-%m-%dT%H:%M", validators=[Optional()])
    ends_at = DateTimeLocalField(
        _l("Until"),
        format="%Y-%m-%dT%H:%M",
        validators=[Optional()],
    )
    max_uses = IntegerField(
        _l("Maximum number of uses"),
        description=_l("Leave empty for no limit."),
        validators=[Optional(), between(1, MOST_USES)],
    )
    once_a_customer = BooleanField(_l("Only once per buyer (by email address)"))

    def __init__(self, *given: object, **more: object) -> None:
        super().__init__(*given, **more)
        self.code.validators = [
            *self.code.validators,
            Regexp(
                _WRITABLE, message=_l("Use 2 to 40 letters, digits or symbols, without spaces.")
            ),
        ]

    @classmethod
    def of(cls, code: DiscountCode | None) -> CodeForm:
        """The form as the code is now; what was sent goes before it."""
        return cls(data=_as_stored(code) if code else {})

    def terms(self, currency: str) -> CodeTerms:
        """What was sent.

        Raises:
            Refused: a percentage or an amount is none; `field` names it.
        """
        kind = DiscountKind(self.kind.data)
        return CodeTerms(
            code=codes.normal(self.code.data or ""),
            kind=kind,
            currency=currency,
            percent=percentage(self.percent) if kind == DiscountKind.PERCENT else None,
            amount_minor=amount(self.amount, currency, least=1)
            if kind == DiscountKind.AMOUNT
            else None,
            products=list(dict.fromkeys((self.products.data or "").split())),
            starts_at=typed_moment(self.starts_at),
            ends_at=typed_moment(self.ends_at),
            max_uses=self.max_uses.data,
            once_a_customer=bool(self.once_a_customer.data),
        )


def _as_stored(code: DiscountCode) -> dict[str, Any]:
    names = ("code", "kind", "max_uses", "once_a_customer")
    off = code.amount_minor
    return {name: getattr(code, name) for name in names} | {
        "percent": f"{(Decimal(code.percent) / 1000).normalize():f}" if code.percent else "",
        "amount": "" if off is None else str(money.to_decimal(off, code.currency)),
        "starts_at": site_time(code.starts_at) if code.starts_at else None,
        "ends_at": site_time(code.ends_at) if code.ends_at else None,
        "products": "\n".join(product.slug for product in code.products),
    }
