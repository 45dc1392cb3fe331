"""Subscribers with what they agreed to, a CSV file that `import subscribers` reads as well; and what they were sent."""

from __future__ import annotations

import csv

from sqlalchemy import select

from shop.blueprints.exporters.format import layout
from shop.blueprints.exporters.format.archive import Archive
from shop.blueprints.newsletter.models import Campaign, NewsletterSubscriber
from shop.plugins.api import row_values, rows_in_batches

COLUMNS = ("email", "state", "asked_on", "subscribed_at", "confirmed_at", "left_at")


def write_subscribers(archive: Archive) -> int:
    """Write every address, those that left too, so that nobody is written to again; how many there were."""
    count = 0
    with archive.open_text(layout.SUBSCRIBERS) as out:
        table = csv.writer(out)
        table.writerow(COLUMNS)
        for each in rows_in_batches(select(NewsletterSubscriber), NewsletterSubscriber.id):
            count += 1
            said = row_values(each)
            said["subscribed_at"] = said["asked_at"]
            table.writerow([said[name] or "" for name in COLUMNS])
    return count


def write_issues(archive: Archive) -> int:
    """Write every issue of the newsletter, drafts too; how many there were."""
    found = rows_in_batches(select(Campaign), Campaign.id)
    issues = (row_values(each, leaving_out=("reached_id",)) for each in found)
    return archive.add_lines(layout.ISSUES, issues)
