"""What the owner decides about downloads."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from shop.plugins.api import setting


@dataclass(frozen=True, slots=True)
class DownloadSettings:
    """How long and how often a link works."""

    link_days: int = setting(
        30,
        _l("Days that a download link works"),
        minimum=1,
        maximum=3650,
        help=_l("Buyers can get a new link."),
    )
    link_count: int = setting(10, _l("Downloads per link"), minimum=1, maximum=1000)
    renewals: int = setting(
        20,
        _l("New links per file"),
        minimum=0,
        maximum=1000,
        help=_l("After that, buyers have to contact you."),
    )
    stamp_wait_seconds: int = setting(
        30,
        _l("Seconds to wait for a personal copy"),
        minimum=0,
        maximum=600,
        help=_l(
            "For files with the buyer’s name on each page. After that, the buyer gets the plain file."
        ),
    )
    copy_days: int = setting(
        30,
        _l("Days that an unused personal copy is kept"),
        minimum=1,
        maximum=3650,
        help=_l("After that it is made again when the buyer asks for it."),
    )
