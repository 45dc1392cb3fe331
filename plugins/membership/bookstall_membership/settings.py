"""What the owner decides about membership."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from shop.plugins.api import custom_field, setting


@dataclass(frozen=True, slots=True)
class MembershipSettings:
    """What stands on the page, and the tax in the prices."""

    heading: str = setting("Become a member", _l("Heading of the page"), minimum=1, maximum=80)
    pitch: str = setting(
        "Members read everything, and keep this site going.",
        _l("What members get"),
        maximum=500,
        multiline=True,
    )
    currency: str = setting("EUR", _l("Currency of new tiers"), minimum=3, maximum=3)
    tax_label: str = setting(
        "", _l("Name of the tax"), help=_l("Such as VAT; empty without tax."), maximum=40
    )
    tax_rate: int = setting(0, _l("Tax in the prices, in percent"), minimum=0, maximum=50)
    country: str = setting(
        "", _l("Country of the tax"), help=_l("Two letters, such as DE."), maximum=2
    )


@dataclass(frozen=True, slots=True)
class ForMembers:
    """Of an article behind the gate."""

    tiers: str = custom_field(
        "",
        _l("Only for these tiers"),
        help=_l(
            "The name of a tier on each line, for an article behind the gate “Members”. Empty: for all members."
        ),
        multiline=True,
        maximum=1000,
    )
