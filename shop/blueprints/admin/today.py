"""The first page of the admin: what waits for this person. Features draw the rest at the point `admin.today`."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue

from shop.blueprints.accounts.queries import current_account, may
from shop.blueprints.admin import navigation, queries
from shop.core import mail


def today() -> ResponseReturnValue:
    """What waits for this person."""
    account = current_account()
    groups = navigation.groups_for(account, request.path)
    return render_template(
        "admin/today/index.html",
        account=account,
        admin_navigation=lambda: groups,
        waiting=[item for group in groups for item in group.items if item.count],
        counted=any(item.count is not None for group in groups for item in group.items),
        mail_waits=0
        if mail.is_configured() or not may(account, "mail.read")
        else queries.waiting_mails(),
    )
