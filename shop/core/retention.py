"""For how long the owner keeps what is done: emails that were sent, and jobs."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from shop.core.settings import setting


@dataclass(frozen=True, slots=True)
class RetentionSettings:
    """Days after which what is done is deleted. What waits, failed or was refused stays until somebody decides."""

    sent_mail_days: int = setting(
        90,
        _l("Days that a sent email is kept"),
        minimum=1,
        maximum=3650,
        help=_l("Until then you can see what was written to each person."),
    )
    done_job_days: int = setting(
        7,
        _l("Days that a finished background job is kept"),
        minimum=1,
        maximum=365,
    )
