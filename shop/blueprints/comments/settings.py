"""What the owner decides about comments."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from shop.plugins.api import setting


@dataclass(frozen=True, slots=True)
class CommentSettings:
    """Who may comment, and who has to wait."""

    hold_first_time: bool = setting(
        default=True,
        label=_l("Hold comments by people who are new here"),
        help=_l(
            "Later comments with the same name and email address are published immediately, unless a "
            "check finds something suspicious."
        ),
    )
    days_until_known: int = setting(
        default=2,
        label=_l("Days with an approved comment until someone is known"),
        help=_l(
            "Someone is no longer new once you approved comments of theirs on this many different days."
        ),
        minimum=1,
        maximum=30,
    )
    hold_all: bool = setting(
        default=False,
        label=_l("Hold every comment until someone approves it"),
    )
    highest_score: int = setting(
        default=1,
        label=_l("Hold comments with more spam points than this"),
        help=_l(
            "Every sign of spam adds points; the signs are listed beside the comment. Comments with "
            "contact details, or that a check could not read, are always held. Good signs never take "
            "points away."
        ),
        minimum=0,
        maximum=20,
    )
    links_published: int = setting(
        default=0,
        label=_l("Links allowed without being held"),
        minimum=0,
        maximum=20,
    )
    links_allowed: int = setting(
        default=10,
        label=_l("Links allowed in a comment"),
        help=_l("Readers who use more links are asked to remove some. Their text is kept."),
        minimum=0,
        maximum=100,
    )
    throwaway_domains: str = setting(
        default="",
        label=_l("More domains of disposable email addresses"),
        help=_l("One per line. The best-known domains are already on our list."),
        maximum=10_000,
        multiline=True,
    )
    keep_refused_days: int = setting(
        default=30,
        label=_l("Days to keep comments refused as certain spam"),
        help=_l(
            "Comments are refused only if they fill in the hidden field, or copy a comment you "
            "marked as spam three times. You find them in Spam with the reason, and you can approve "
            "them. 0 keeps them forever."
        ),
        minimum=0,
        maximum=3650,
    )
    close_after_days: int = setting(
        default=0,
        label=_l("Close comments after this many days"),
        help=_l("Counted from the day the article was published. 0 keeps comments open."),
        minimum=0,
        maximum=3650,
    )
