"""Members of a Ghost export who get its newsletter. What proves that they agreed is when they signed up there."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from flask_babel import gettext as _

from shop.blueprints.importers.magazines.arriving import moment_in
from shop.blueprints.importers.row_guard import one_row
from shop.blueprints.newsletter import services
from shop.core import clock
from shop.core.mail.mailboxes import read_address
from shop.plugins import registry
from shop.plugins.api import ImportReport, Refused


def bring_in_members(
    members: Sequence[Mapping[str, Any]], readers: Collection[str] | None, report: ImportReport
) -> None:
    """Bring members in as subscribers; who gets no newsletter there has left here.

    Args:
        readers: the ids of those who get one; None where each member says so.
    """
    if members and not registry().has("newsletter"):
        report.note(_("members"), _("the newsletter is off, so they were left out"))
        return
    for number, member in enumerate(members, start=1):
        with one_row(report, f"member {number}"):
            _bring_in(member, readers, report)


def _bring_in(
    member: Mapping[str, Any], readers: Collection[str] | None, report: ImportReport
) -> None:
    address = read_address(str(member.get("email") or ""))
    if address is None:
        raise Refused(_("it has no email address that can be written to"))
    agreed_at = moment_in(member.get("created_at"))
    if agreed_at is None:
        raise Refused(_("it has no date on which its owner agreed"))
    said_no = member.get("subscribed") in {False, "false"}
    gets_it = not said_no if readers is None else str(member.get("id")) in readers
    is_new = services.import_subscriber(
        email=address,
        asked_on=f"import: signed up {agreed_at:%Y-%m-%d %H:%M} UTC",
        asked_at=agreed_at,
        confirmed_at=agreed_at,
        left_at=None if gets_it else clock.now(),
    )
    report.accept(is_new=is_new)
