"""Settings of the site's own colours."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from shop.blueprints.branding import colours
from shop.plugins.api import Refused, setting


def require_readable_in_light(value: str) -> None:
    """Refuse what is no colour, or can't be read on light grounds."""
    _require(value, (*colours.LIGHT_GROUNDS, colours.ON_LIGHT), is_dark=False)


def require_readable_in_dark(value: str) -> None:
    """Refuse what is no colour, or can't be read on dark grounds."""
    _require(value, (*colours.DARK_GROUNDS, colours.ON_DARK), is_dark=True)


def _require(value: str, grounds: tuple[str, ...], *, is_dark: bool) -> None:
    if not value:
        return
    if not colours.COLOUR.fullmatch(value):
        raise Refused(_("Enter a colour such as #8c2f2b."))
    ratio = colours.least_contrast(value, grounds)
    if ratio >= colours.LEAST:
        return
    reached = f"{ratio:.1f}"
    if is_dark:
        raise Refused(
            _(
                "Text in this colour would be hard to read in the dark scheme: its contrast is %(ratio)s to 1, "
                "and 4.5 to 1 is needed. Choose a lighter colour.",
                ratio=reached,
            )
        )
    raise Refused(
        _(
            "Text in this colour would be hard to read in the light scheme: its contrast is %(ratio)s to 1, "
            "and 4.5 to 1 is needed. Choose a darker colour.",
            ratio=reached,
        )
    )


@dataclass(frozen=True, slots=True)
class BrandingSettings:
    """The accent colour, empty for ours."""

    accent: str = setting(
        "",
        _l("Accent colour"),
        help=_l(
            "Of links, buttons and the icon, such as #8c2f2b. Leave empty for the one that the theme has."
        ),
        maximum=7,
        check=require_readable_in_light,
    )
    accent_dark: str = setting(
        "",
        _l("Accent colour in the dark scheme"),
        help=_l("Leave empty to lighten the accent colour as much as it takes."),
        maximum=7,
        check=require_readable_in_dark,
    )
