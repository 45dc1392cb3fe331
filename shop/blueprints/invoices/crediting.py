"""What a credit note says: how much of what goes back is for which line, and how much of it is tax.

The tax of a rate goes back in proportion to what goes back under that rate, counted over all credit notes of an order:
rounding never adds up to a cent too much, and an order that is refunded wholly, in however many parts, gives back
exactly the tax that it was charged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from flask_babel import gettext as _

from shop.blueprints.invoices import papers
from shop.blueprints.invoices.papers import Paper, PaperLine, TaxRow
from shop.blueprints.orders.models import Order
from shop.blueprints.payments.refunds.models import Refund
from shop.core import money


def credit_for_refund(
    order: Order, refund: Refund, *, corrects: tuple[str, str], before: Sequence[Paper]
) -> Paper:
    """The credit note of a refund. `before` are the earlier ones of this order, `corrects` its invoice."""
    lines = [
        PaperLine(
            title=each.order_line.title,
            detail=each.order_line.variant_title,
            quantity=each.quantity,
            unit_minor=each.amount_minor // each.quantity,
            total_minor=each.amount_minor,
            tax_rate=each.order_line.tax_rate,
        )
        for each in refund.lines
    ]
    freely = refund.amount_minor - refund.shipping_minor - sum(line.total_minor for line in lines)
    if freely > 0:
        lines.append(PaperLine(str(_("Price reduction")), "", 1, freely, freely))
    return replace(
        papers.invoice_for(order),
        lines=tuple(lines),
        subtotal_minor=refund.amount_minor - refund.shipping_minor,
        discount_label="",
        discount_minor=0,
        shipping_minor=refund.shipping_minor,
        has_shipping=bool(refund.shipping_minor),
        taxes=_taxes(order, refund, before),
        prices_include_tax=True,  # of amounts that went back, the tax is a part
        total_minor=refund.amount_minor,
        reason=refund.reason,
        corrects=corrects,
    )


def _taxes(order: Order, refund: Refund, before: Sequence[Paper]) -> tuple[TaxRow, ...]:
    rows = papers.tax_rows(order)
    gone = [_given_back(row, before) for row in rows]
    shares = _shares(order, refund, rows, gone)
    return tuple(
        _part(row, share, earlier)
        for row, share, earlier in zip(rows, shares, gone, strict=True)
        if share
    )


def _given_back(row: TaxRow, before: Sequence[Paper]) -> int:
    return sum(
        each.gross_minor
        for paper in before
        for each in paper.taxes
        if (each.label, each.rate) == (row.label, row.rate)
    )


def _part(row: TaxRow, share: int, before: int) -> TaxRow:
    whole = row.gross_minor
    tax = row.tax_minor * (before + share) // whole - row.tax_minor * before // whole
    return replace(row, base_minor=share - tax, tax_minor=tax)


def _shares(order: Order, refund: Refund, rows: Sequence[TaxRow], gone: Sequence[int]) -> list[int]:
    """What of the refund falls under each row of the order's taxes, tax included: never more than is left there."""
    left = [row.gross_minor - earlier for row, earlier in zip(rows, gone, strict=True)]
    shares = [0] * len(rows)
    # Two rows of one rate have different names; a line knows its rate alone.
    for rate in {row.rate for row in rows}:
        of_rate = [room if row.rate == rate else 0 for row, room in zip(rows, left, strict=True)]
        _add(shares, _of_lines(refund, rate), of_rate, left)
    shipping = [max(0, row.gross_minor - _charged(order, row.rate)) for row in rows]
    _add(shares, refund.shipping_minor, shipping, left)
    rest = refund.amount_minor - sum(shares)
    _add(shares, rest, [row.gross_minor for row in rows], left)
    _add(shares, refund.amount_minor - sum(shares), left, left)
    return shares


def _add(shares: list[int], amount: int, over: Sequence[int], left: Sequence[int]) -> None:
    """Spread an amount over rows, in proportion to `over`, as far as there is room in them."""
    room = [max(0, most - share) for most, share in zip(left, shares, strict=True)]
    parts = money.spread(max(0, amount), [min(*pair) for pair in zip(over, room, strict=True)])
    shares[:] = [share + part for share, part in zip(shares, parts, strict=True)]


def _of_lines(refund: Refund, rate: int) -> int:
    return sum(each.amount_minor for each in refund.lines if each.order_line.tax_rate == rate)


def _charged(order: Order, rate: int) -> int:
    return sum(line.charged_minor for line in order.lines if line.tax_rate == rate)
