"""What the owner says on invoices."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from shop.plugins.api import setting


@dataclass(frozen=True, slots=True)
class InvoiceSettings:
    """Who sells, and how documents are numbered. A change is seen on documents that are issued from then on."""

    seller_name: str = setting(
        "", _l("Seller"), help=_l("As registered. Leave empty to use the site’s name."), maximum=120
    )
    seller_address: str = setting("", _l("Seller’s postal address"), multiline=True, maximum=400)
    seller_tax_number: str = setting("", _l("Seller’s VAT or tax number"), maximum=60)
    seller_registration: str = setting(
        "",
        _l("Company register and number"),
        help=_l("If your company is in a register."),
        maximum=120,
    )
    seller_contact: str = setting(
        "",
        _l("Contact details on invoices"),
        help=_l("An email address or a phone number."),
        maximum=120,
    )
    small_print: str = setting(
        "", _l("Text at the bottom of invoices"), multiline=True, maximum=600
    )
    invoice_prefix: str = setting(
        "{year}-",
        _l("Prefix of invoice numbers"),
        help=_l("With {year}, the numbers start again each year."),
        maximum=20,
    )
    credit_note_prefix: str = setting("C{year}-", _l("Prefix of credit note numbers"), maximum=20)
    digits: int = setting(5, _l("Minimum digits of a number"), minimum=1, maximum=10)
    paper_size: str = setting(
        "A4", _l("Paper"), choices=(("A4", "A4"), ("Letter", _l("US Letter")))
    )
