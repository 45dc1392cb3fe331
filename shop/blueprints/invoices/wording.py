"""A document in words: the same for its page and its PDF."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import datetime

from flask_babel import gettext as _

from shop.blueprints.invoices.models import Invoice
from shop.blueprints.invoices.papers import Paper, PaperLine, Party, from_json
from shop.core.dates import day_in_words
from shop.core.money import format_rate
from shop.core.site import site
from shop.plugins.api import format_money


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that is said of a document."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class WordedLine:
    """One line of a document."""

    title: str
    detail: str
    quantity: str
    unit: str
    total: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Worded:
    """Everything that is on a document. `taxes` are said below the total, where the prices include them."""

    kind: str
    title: str
    seller_name: str
    buyer_heading: str
    buyer_lines: tuple[str, ...]
    facts: tuple[Fact, ...]
    headings: tuple[str, str, str, str]
    lines: tuple[WordedLine, ...]
    sums: tuple[Fact, ...]
    total: Fact
    taxes: tuple[Fact, ...]
    remarks: tuple[str, ...]
    small_print: str
    foot: tuple[str, ...]
    language: str
    issued_at: datetime

    def all_texts(self) -> Iterator[str]:
        """Each text, for choosing the type."""
        for field in fields(self):
            yield from _texts(getattr(self, field.name))


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, Fact):
        yield from (value.label, value.text)
    elif isinstance(value, WordedLine):
        yield from (value.title, value.detail, value.quantity, value.unit, value.total)


def worded(invoice: Invoice, *, as_receipt: bool = False) -> Worded:
    """A document in the site's language."""
    paper = from_json(invoice.paper)
    kind = _kind(invoice, as_receipt=as_receipt)
    return Worded(
        kind=kind,
        title=f"{kind} {invoice.number}",
        seller_name=paper.seller.name,
        buyer_heading=_("Credited to") if invoice.is_credit_note else _("Sold to"),
        buyer_lines=_party_lines(paper.buyer),
        facts=tuple(_facts(invoice, paper, as_receipt=as_receipt)),
        headings=(_("Item"), _("Quantity"), _("Unit price"), _("Amount")),
        lines=tuple(_line(line, paper.currency) for line in paper.lines),
        sums=tuple(_sums(paper)),
        total=Fact(
            _("Credited") if invoice.is_credit_note else _("Paid") if as_receipt else _("Total"),
            _money(paper.total_minor, paper),
        ),
        taxes=tuple(_taxes(paper)) if paper.prices_include_tax else (),
        remarks=tuple(_remarks(invoice, paper, as_receipt=as_receipt)),
        small_print=paper.small_print,
        foot=tuple(_foot(paper.seller)),
        language=site().language,
        issued_at=invoice.issued_at,
    )


def _kind(invoice: Invoice, *, as_receipt: bool) -> str:
    if invoice.is_credit_note:
        return str(_("Credit note"))
    return str(_("Receipt") if as_receipt else _("Invoice"))


def _party_lines(party: Party) -> tuple[str, ...]:
    lines = [party.name, *party.address]
    if party.tax_number:
        lines.append(str(_("VAT or tax number %(number)s", number=party.tax_number)))
    if party.contact and party.contact != party.name:
        lines.append(party.contact)
    return tuple(lines)


def _facts(invoice: Invoice, paper: Paper, *, as_receipt: bool) -> Iterator[Fact]:
    if as_receipt:
        yield Fact(_("For invoice"), invoice.number)
    else:
        yield Fact(_("Number"), invoice.number)
        yield Fact(_("Date"), _day(invoice.issued_at.isoformat()))
    yield Fact(_("Order"), paper.order_number)
    if invoice.is_credit_note:
        number, issued = paper.corrects
        yield Fact(_("Corrects invoice"), f"{number}, {_day(issued)}")
    elif paper.paid_on:
        yield Fact(_("Paid on"), _day(paper.paid_on))
        yield Fact(_("Paid by"), paper.paid_by.capitalize())


def _line(line: PaperLine, currency: str) -> WordedLine:
    # What went back of a discounted line need not be a multiple of anything: then no piece has a price.
    is_each = line.unit_minor * line.quantity == line.total_minor
    return WordedLine(
        title=line.title,
        detail=line.detail,
        quantity=str(line.quantity),
        unit=_plain(format_money(line.unit_minor, currency)) if is_each else "–",
        total=_plain(format_money(line.total_minor, currency)),
    )


def _sums(paper: Paper) -> Iterator[Fact]:
    if paper.discount_minor or paper.has_shipping or not paper.prices_include_tax:
        yield Fact(_("Subtotal"), _money(paper.subtotal_minor, paper))
    if paper.discount_minor:
        yield Fact(paper.discount_label or _("Discount"), _money(-paper.discount_minor, paper))
    if paper.has_shipping:
        yield Fact(paper.shipping_label or _("Shipping"), _money(paper.shipping_minor, paper))
    if not paper.prices_include_tax:
        yield from _taxes(paper)


def _taxes(paper: Paper) -> Iterator[Fact]:
    for row in paper.taxes:
        base, rate = _money(row.base_minor, paper), _plain(format_rate(row.rate))
        if paper.prices_include_tax:
            label = _(
                "of which %(label)s %(rate)s on %(base)s",
                label=row.label,
                rate=rate,
                base=base,
            )
        else:
            label = _("%(label)s %(rate)s on %(base)s", label=row.label, rate=rate, base=base)
        yield Fact(label, _money(row.tax_minor, paper))


def _remarks(invoice: Invoice, paper: Paper, *, as_receipt: bool) -> Iterator[str]:
    if invoice.is_credit_note:
        yield _("This amount was refunded to the original payment method.")
        if paper.reason:
            yield _("Reason: %(reason)s", reason=paper.reason)
    elif not as_receipt:
        yield _("This invoice is paid. Thank you.")


def _foot(seller: Party) -> Iterator[str]:
    yield " · ".join([seller.name, *seller.address])
    numbers = []
    if seller.tax_number:
        numbers.append(str(_("VAT or tax number %(number)s", number=seller.tax_number)))
    rest = " · ".join(filter(None, [*numbers, seller.registration, seller.contact]))
    if rest:
        yield rest


def _day(moment: str) -> str:
    return day_in_words(datetime.fromisoformat(moment)) if moment else ""


def _money(minor: int, paper: Paper) -> str:
    return _plain(format_money(minor, paper.currency))


def _plain(text: str) -> str:
    """Without the narrow no-break space, which few types have."""
    return text.replace("\u202f", "\u00a0")
