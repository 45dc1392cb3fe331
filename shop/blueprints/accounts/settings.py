"""What the owner decides about signing in."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from shop.plugins.api import setting

LONGEST_DAYS = 90


@dataclass(frozen=True, slots=True)
class AccountSettings:
    """When a session ends by itself: some time after the last visit, and at the latest some days after the sign-in. And
    whether staff need more than a password.
    """

    idle_hours: int = setting(
        336, _l("Hours without a visit until buyers are signed out"), minimum=1, maximum=2160
    )
    longest_days: int = setting(
        30,
        _l("Days until buyers have to sign in again"),
        help=_l("Even if they visit every day."),
        minimum=1,
        maximum=LONGEST_DAYS,
    )
    staff_idle_hours: int = setting(
        24, _l("Hours without a visit until staff are signed out"), minimum=1, maximum=2160
    )
    staff_longest_days: int = setting(
        14, _l("Days until staff have to sign in again"), minimum=1, maximum=LONGEST_DAYS
    )
    second_factor_required: bool = setting(
        False,
        _l("Staff need a second factor"),
        help=_l("Staff without one set it up before they reach the admin."),
    )
