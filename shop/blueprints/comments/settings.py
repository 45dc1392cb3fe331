"""What the owner decides about comments."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from shop.core.settings import setting


@dataclass(frozen=True, slots=True)
class CommentSettings:
    """Who may comment, and who has to wait."""

    hold_first_time: bool = setting(
        default=True,
        label=_l("Hold the first comment of everybody"),
        help=_l(
            "Whatever it says. Somebody whose comment was approved under the same name and e-mail address is "
            "published at once, unless something speaks against the new one."
        ),
    )
    hold_all: bool = setting(
        default=False,
        label=_l("Hold every comment until somebody approves it"),
    )
    highest_score: int = setting(
        default=1,
        label=_l("Hold comments with more points than this"),
        help=_l(
            "Each piece of evidence has points, shown in words beside the comment. Contact details, and what a check "
            "could not judge, are held with any number."
        ),
        minimum=0,
        maximum=20,
    )
    links_published: int = setting(
        default=0,
        label=_l("Links that a comment may have without being held"),
        minimum=0,
        maximum=20,
    )
    links_allowed: int = setting(
        default=10,
        label=_l("Links that a comment may have at all"),
        help=_l("Who writes more is asked to take some out; nothing is lost."),
        minimum=0,
        maximum=100,
    )
    throwaway_domains: str = setting(
        default="",
        label=_l("Further domains of throw-away e-mail addresses"),
        help=_l("One a line. The best known ones are on a list already."),
        maximum=10_000,
        multiline=True,
    )
    keep_refused_days: int = setting(
        default=30,
        label=_l("Keep what was refused outright for this many days"),
        help=_l(
            "Refused are only a filled trap and copies of what you called spam three times. They lie "
            "among the spam, with the reason, and can be approved; 0 keeps them for ever."
        ),
        minimum=0,
        maximum=3650,
    )
    close_after_days: int = setting(
        default=0,
        label=_l("Close comments after this many days"),
        help=_l("Counted from the article's publication; 0 leaves them open."),
        minimum=0,
        maximum=3650,
    )
