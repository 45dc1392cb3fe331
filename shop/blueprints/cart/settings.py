"""What the owner decides about carts."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from shop.plugins.api import setting


@dataclass(frozen=True, slots=True)
class CartSettings:
    """How much one buyer may take of what there is little of."""

    most_of_variant: int = setting(
        50,
        _l("Most items of one variant in a cart"),
        help=_l(
            "Only of variants with tracked stock. Buyers reserve what they order until they pay."
        ),
        minimum=1,
        maximum=99_999,
    )
