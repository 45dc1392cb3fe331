"""What the owner may say about the newsletter."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from shop.core.settings import first_words
from shop.plugins.api import setting


@dataclass(frozen=True, slots=True)
class NewsletterSettings:
    """Words beside the form."""

    invitation: str = setting(
        first_words(
            "An email when there is something worth reading. No tracking, and you can unsubscribe at any time."
        ),
        _l("Invitation"),
        help=_l(
            "Shown above the form: on the front page, in the footer of other pages, and below each article."
        ),
        maximum=200,
    )
