"""What a moderator does from the queue other than deciding: pins, highlights, closes an article's comments."""

from __future__ import annotations

from flask import redirect
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop.blueprints.accounts.queries import current_account
from shop.blueprints.comments import queries
from shop.blueprints.comments.blueprints import admin_bp
from shop.blueprints.comments.moderation import closing, picks
from shop.blueprints.comments.moderation.queue import address
from shop.plugins.api import NotFound, Refused, notify, unit_of_work

PICKS = {
    "pin": picks.pin,
    "unpin": picks.unpin,
    "highlight": picks.highlight,
    "lowlight": picks.lowlight,
}


@admin_bp.post("/<int:comment_id>/singled-out/<how>")
def single_out(comment_id: int, how: str) -> ResponseReturnValue:
    """Pin a thread, highlight a comment, or take that back."""
    if how not in PICKS:
        raise NotFound
    try:
        with unit_of_work():
            PICKS[how](queries.comment_or_404(comment_id), by=current_account())
    except Refused as refusal:
        notify(refusal.message, "error")
    else:
        said = {
            "pin": _("Pinned. It is now the first comment below its article."),
            "unpin": _("Unpinned. It is sorted by date again."),
            "highlight": _("Highlighted."),
            "lowlight": _("No longer highlighted."),
        }
        notify(said[how])
    return redirect(address.queue_url(**address.here()), 303)


@admin_bp.post("/articles/<int:article_id>/<any(open, close):what>")
def open_or_close(article_id: int, what: str) -> ResponseReturnValue:
    """Let readers comment on an article, or no longer."""
    with unit_of_work():
        title = closing.let_comment(article_id, is_open=what == "open", by=current_account())
    if what == "open":
        notify(_("Comments on “%(title)s” are open again.", title=title))
    else:
        notify(_("Comments on “%(title)s” are closed.", title=title))
    return redirect(address.queue_url(**address.here()), 303)
