"""What the owner says on papers."""

from __future__ import annotations

from dataclasses import dataclass

from shop.core.settings import setting


@dataclass(frozen=True, slots=True)
class InvoiceSettings:
    """Who sells, and how papers are numbered. A change is seen on papers that are issued from then on."""

    seller_name: str = setting(
        "", "Seller", help="As registered. Left empty, the site's name.", maximum=120
    )
    seller_address: str = setting("", "Seller's address", multiline=True, maximum=400)
    seller_tax_number: str = setting("", "Seller's tax number", maximum=60)
    seller_registration: str = setting(
        "", "Register and number", help="Of the company, where it has one.", maximum=120
    )
    seller_contact: str = setting(
        "", "Contact on papers", help="A mail address or a telephone number.", maximum=120
    )
    small_print: str = setting("", "At the foot of papers", multiline=True, maximum=600)
    invoice_prefix: str = setting(
        "{year}-",
        "Before an invoice's number",
        help="With {year} the numbers begin anew each year.",
        maximum=20,
    )
    credit_note_prefix: str = setting("C{year}-", "Before a credit note's number", maximum=20)
    digits: int = setting(5, "Digits of a number, at least", minimum=1, maximum=10)
    paper_size: str = setting("A4", "Paper", choices=(("A4", "A4"), ("Letter", "US Letter")))
