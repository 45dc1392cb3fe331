"""What moderating contributes, gathered from its files: pages, mail, jobs and the check that asks the mutes."""

from __future__ import annotations

from datetime import timedelta

from shop.blueprints.comments.moderation import (
    digest_pages,
    digests,
    log_pages,
    mail_link_pages,
    pick_pages,
)
from shop.blueprints.comments.moderation.mutes import check, rules
from shop.blueprints.comments.moderation.mutes import pages as mute_pages
from shop.blueprints.comments.moderation.queue import bulk
from shop.blueprints.comments.moderation.queue import pages as queue_pages
from shop.core.jobs import Lane
from shop.plugins.api import JobKind, Periodic

PAGES = (queue_pages, log_pages, pick_pages, mute_pages, digest_pages)
"""Files that add their pages to `blueprints.admin_bp` as they are imported."""

LINKS = mail_link_pages.bp
CHECKS = (check.Muted(),)
MAIL_KINDS = (digests.KIND,)
JOB_KINDS = (
    JobKind(bulk.DECIDE_JOB, bulk.decide_on),
    JobKind(bulk.UNDO_JOB, bulk.undo_on),
)
PERIODIC_JOBS = (
    Periodic(
        "comments.send_digests",
        every=timedelta(minutes=1),
        handle=digests.send_due,
        in_transaction=False,
        lane=Lane.USUAL,
    ),
    Periodic("comments.forget_mutes", every=timedelta(days=1), handle=rules.forget_expired),
)
