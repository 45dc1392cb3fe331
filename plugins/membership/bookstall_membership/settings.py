"""What the owner decides about membership."""

from __future__ import annotations

from dataclasses import dataclass

from shop.plugins.api import setting


@dataclass(frozen=True, slots=True)
class MembershipSettings:
    """What stands on the page, and the tax in the prices."""

    heading: str = setting("Become a member", "Heading of the page", minimum=1, maximum=80)
    pitch: str = setting(
        "Members read everything, and keep this site going.",
        "What members get",
        maximum=500,
        multiline=True,
    )
    currency: str = setting("EUR", "Currency of new tiers", minimum=3, maximum=3)
    tax_label: str = setting(
        "", "Name of the tax", help="Such as VAT; empty without tax.", maximum=40
    )
    tax_rate: int = setting(0, "Tax in the prices, in percent", minimum=0, maximum=50)
    country: str = setting("", "Country of the tax", help="Two letters, such as DE.", maximum=2)
