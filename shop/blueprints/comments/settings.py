"""What the owner decides about comments."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from shop.core.settings import setting


@dataclass(frozen=True, slots=True)
class CommentSettings:
    """Who may comment, and who has to wait."""

    hold_all: bool = setting(
        default=True,
        label=_l("Hold every comment until somebody approves it"),
        help=_l(
            "Otherwise a person whose comment was approved before is published at once, unless something "
            "speaks against the new one."
        ),
    )
    close_after_days: int = setting(
        default=0,
        label=_l("Close comments after this many days"),
        help=_l("Counted from the article's publication; 0 leaves them open."),
        minimum=0,
        maximum=3650,
    )
