"""What the owner decides about downloads."""

from __future__ import annotations

from dataclasses import dataclass

from shop.core.settings import setting


@dataclass(frozen=True, slots=True)
class DownloadSettings:
    """How long and how often a link works."""

    link_days: int = setting(
        30,
        "Days that a download link works",
        minimum=1,
        maximum=3650,
        help="A new one can be asked for.",
    )
    link_count: int = setting(10, "Downloads with one link", minimum=1, maximum=1000)
    renewals: int = setting(
        20,
        "New links for one file",
        minimum=0,
        maximum=1000,
        help="After that the buyer has to write to you.",
    )
    stamp_wait_seconds: int = setting(
        30,
        "Seconds to wait for a buyer's own copy",
        minimum=0,
        maximum=600,
        help="Of a file that bears the buyer's name. After that the plain file is handed over.",
    )
