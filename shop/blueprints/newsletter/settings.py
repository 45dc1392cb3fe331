"""What the owner may say about the newsletter."""

from __future__ import annotations

from dataclasses import dataclass

from shop.core.settings import setting


@dataclass(frozen=True, slots=True)
class NewsletterSettings:
    """Words beside the form."""

    invitation: str = setting(
        "An email when there is something worth reading. No tracking, and you can unsubscribe at any time.",
        "Invitation",
        help="Shown above the form in the footer of every page.",
        maximum=200,
    )
