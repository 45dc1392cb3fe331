"""What is made of the accent colour: a style sheet, the icon, the web manifest."""

from __future__ import annotations

import hashlib
from typing import Any

from flask import url_for

from shop.blueprints.branding import colours
from shop.blueprints.branding.settings import BrandingSettings
from shop.core.site import site
from shop.plugins.api import current_settings

OURS = "#8c2f2b"
PAPER = "#fbf8f3"
FAVICON, TOUCH = 48, 180
ICON_SIZES = (FAVICON, TOUCH, 192, 512)
"""Pixels: tabs of browsers and iOS take the first two, the web app manifest the others."""
DESIGN = "1"
"""Count up when icons are drawn differently, so that browsers fetch them again."""
_MARK = (
    "M3 12 6 4h20l3 8M3 12a3.25 3.6 0 0 0 6.5 0 3.25 3.6 0 0 0 6.5 0 3.25 3.6 0 0 0 6.5 0 3.25 3.6 0 0 0 6.5 0z"
    "M6 17v11h20V17M6 23.5h20M11 23.5v-4M15 23.5v-5M19 23.5v-4"
)


def stylesheet() -> str:
    """The tokens that the owner's colours replace; empty where none was chosen."""
    chosen = current_settings(BrandingSettings)
    if not chosen.accent and not chosen.accent_dark:
        return ""
    light = chosen.accent or OURS
    dark = chosen.accent_dark or colours.made_readable(light)
    strong = (colours.stronger(light, is_dark=False), colours.stronger(dark, is_dark=True))
    return (
        f"@layer tokens{{:root{{--accent:light-dark({light},{dark});"
        f"--accent-strong:light-dark({strong[0]},{strong[1]})}}}}"
    )


def icon_svg() -> str:
    """Our icon: the bookstall on the accent colour."""
    ground = current_settings(BrandingSettings).accent or OURS
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48"><path fill="{ground}" d="M0 0h48v48H0z"/>'
        f'<path transform="translate(8 8)" fill="none" stroke="{PAPER}" stroke-width="2" stroke-linecap="round" '
        f'stroke-linejoin="round" d="{_MARK}"/></svg>'
    )


def icon_png(size: int) -> bytes:
    """The icon in so many pixels: the owner's, or ours."""
    if site().icon:
        from shop.core.pictures.drawn_marks import square_png  # heavy as well

        return square_png(site().icon, size, PAPER if size == TOUCH else "")
    import resvg_py  # here: it costs a start, and only who asks for an icon needs it

    return resvg_py.svg_to_bytes(svg_string=icon_svg(), width=size)


def fingerprint_of(made: str) -> str:
    """What something depends on, in few characters, for its address."""
    return hashlib.blake2b(f"{DESIGN}\n{made}".encode(), digest_size=6).hexdigest()


def icon_fingerprint() -> str:
    """What the icon depends on."""
    return fingerprint_of(site().icon or icon_svg())


def icon_address(size: int) -> str:
    """The address of the icon, which changes with it."""
    return url_for("branding.icon", size=size, v=icon_fingerprint())


def manifest() -> dict[str, Any]:
    """The web app manifest (W3C): what a phone shows where the site is put on its home screen."""
    return {
        "name": site().name,
        "short_name": site().name,
        "description": site().description,
        "lang": site().language,
        "dir": site().text_direction,
        "start_url": "/",
        "display": "browser",
        "theme_color": PAPER,
        "background_color": PAPER,
        "icons": [
            {"src": icon_address(size), "sizes": f"{size}x{size}", "type": "image/png"}
            for size in ICON_SIZES[2:]
        ],
    }
