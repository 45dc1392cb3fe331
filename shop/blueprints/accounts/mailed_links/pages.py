"""A link of an email that has expired, or was used, says what it was, and how to get a new one."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from shop.blueprints.accounts.blueprints import bp
from shop.blueprints.accounts.forms import ResetForm
from shop.blueprints.accounts.mailed_links import links
from shop.blueprints.accounts.mailed_links.links import LinkEnded

__all__ = ["bp"]

TEMPLATES = {
    links.RESET.name: "accounts/link_of_reset.html",
    links.INVITATION.name: "accounts/link_of_invitation.html",
    links.CONFIRM.name: "accounts/link_of_confirmation.html",
    links.NEW_EMAIL.name: "accounts/link_of_new_email.html",
}


@bp.errorhandler(LinkEnded)
def link_ended(ended: LinkEnded) -> ResponseReturnValue:
    """The page of its purpose, with the way to a new one."""
    return render_template(TEMPLATES[ended.purpose], form=ResetForm(formdata=None)), 410
