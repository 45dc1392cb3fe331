"""What moderating contributes, gathered from its files: pages, mail, jobs and the check that asks the mutes."""

from __future__ import annotations

from datetime import timedelta

from shop.blueprints.comments import (
    admin,
    bulk,
    desk_digest,
    desk_log,
    desk_mutes,
    desk_picks,
    digests,
    muted,
    mutes,
    verdicts,
)
from shop.plugins.types import JobKind, Periodic

PAGES = (admin, desk_log, desk_picks, desk_mutes, desk_digest)
"""Files that put their pages on the section's blueprint, `admin.bp`, as they are imported."""

LINKS = verdicts.bp
CHECKS = (muted.Muted(),)
MAIL_KINDS = (digests.KIND,)
JOB_KINDS = (
    JobKind(bulk.DECIDE_JOB, bulk.decide_on),
    JobKind(bulk.UNDO_JOB, bulk.undo_on),
)
PERIODIC_JOBS = (
    Periodic("comments.send_digests", every=timedelta(minutes=1), handle=digests.send_due),
    Periodic("comments.forget_mutes", every=timedelta(days=1), handle=mutes.forget_expired),
)
