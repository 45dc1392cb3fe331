"""The page where a moderator chooses how often to get an email about waiting comments."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop.blueprints.accounts.queries import current_account
from shop.blueprints.comments.blueprints import admin_bp
from shop.blueprints.comments.moderation import digests
from shop.blueprints.comments.moderation.digests import DigestPace
from shop.plugins.api import NotFound, notify, unit_of_work


@admin_bp.get("/digest")
def digest() -> ResponseReturnValue:
    """The choice."""
    account = current_account()
    if account is None:
        raise NotFound
    return render_template(
        "admin/comments/digest.html",
        pace=digests.pace_of(account),
        email=account.email,
        paces=DigestPace,
    )


@admin_bp.post("/digest")
def choose_digest() -> ResponseReturnValue:
    """Keep the choice."""
    account, pace = current_account(), request.form.get("pace", "")
    if account is None or pace not in set(DigestPace):
        raise NotFound
    with unit_of_work():
        digests.choose_pace(account, DigestPace(pace))
    notify(_("Saved."))
    return redirect(url_for("admin.comments.digest"), 303)
