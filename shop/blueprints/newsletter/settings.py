"""What the owner may say about the newsletter."""

from __future__ import annotations

from dataclasses import dataclass

from shop.core.settings import setting


@dataclass(frozen=True, slots=True)
class NewsletterSettings:
    """Words beside the form."""

    invitation: str = setting(
        "A letter when there is something worth reading. No tracking, one click to leave.",
        "Invitation",
        help="Stands above the form in the footer of every page.",
        maximum=200,
    )
