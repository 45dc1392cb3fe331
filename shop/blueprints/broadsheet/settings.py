"""What the owner may choose for the shipped themes."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from shop.plugins.api import setting


@dataclass(frozen=True, slots=True)
class BroadsheetOptions:
    """Of Broadsheet, and of the theme that is based on it."""

    colour: str = setting(
        "blue",
        _l("Colour of links and buttons"),
        choices=(("blue", _l("Blue")), ("red", _l("Red")), ("green", _l("Green"))),
    )
    columns: int = setting(
        3,
        _l("Columns of the front page"),
        help=_l("On a wide screen."),
        minimum=2,
        maximum=4,
    )
