"""The page of one comment: answer it, edit its text, see who wrote it. The queue shows its parts on the card."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from shop.blueprints.accounts.models import Account
from shop.blueprints.accounts.queries import current_account
from shop.blueprints.comments import cookie, queries
from shop.blueprints.comments.blueprints import admin_bp
from shop.blueprints.comments.forms import EditForm
from shop.blueprints.comments.models import Comment, State
from shop.blueprints.comments.moderation.queue import address
from shop.blueprints.comments.staff import answers, edits, writers
from shop.core.markdown import render_comment
from shop.core.text import as_number
from shop.plugins.api import NotFound, Refused, notify, unit_of_work


@admin_bp.get("/<int:comment_id>", endpoint="comment")
def show(comment_id: int) -> ResponseReturnValue:
    """Everything about one comment, with the forms to answer and to edit it."""
    return _page(_comment(comment_id))


@admin_bp.post("/<int:comment_id>/answers")
def answer(comment_id: int) -> ResponseReturnValue:
    """Publish an answer, and with it what it answers."""
    comment, by, form = _comment(comment_id), _person(), EditForm()
    if not form.validate():
        return _page(comment, answer=form), 422
    body = form.body.data or ""
    html, key = render_comment(body), cookie.key_of_account(by)
    was_visible = comment.is_visible
    try:
        with unit_of_work():
            outcome = answers.answer(comment, body, html, by=by, version=_version(), edit_key=key)
    except Refused as refusal:
        form.form_errors.append(refusal.message)
        return _page(comment, answer=form), 422
    if outcome.decided:
        said = _("Answer published") if was_visible else _("Comment approved, answer published")
        undo = url_for("admin.comments.undo_batch", batch=outcome.batch, **address.here())
        notify(said, undo_url=undo)
    return redirect(_back(comment), 303)


@admin_bp.post("/<int:comment_id>/text", endpoint="edit")
def edit(comment_id: int) -> ResponseReturnValue:
    """Change the text of a comment. Readers see that staff did."""
    comment, form = _comment(comment_id), EditForm()
    if not form.validate():
        return _page(comment, edit=form), 422
    body = form.body.data or ""
    try:
        with unit_of_work():
            made = edits.edit_text(
                comment, body, render_comment(body), by=_person(), version=_version()
            )
    except Refused as refusal:
        form.form_errors.append(refusal.message)
        return _page(comment, edit=form), 422
    if made is None:
        notify(_("Nothing to change."), "info")
    else:
        undo = url_for("admin.comments.undo_edit", edit_id=made.id, **_from_here())
        notify(_("Text changed. Readers see that staff edited it."), undo_url=undo)
    return redirect(_back(comment), 303)


@admin_bp.post("/edits/<int:edit_id>/undo")
def undo_edit(edit_id: int) -> ResponseReturnValue:
    """Set a text back to what it was."""
    edit = edits.edit_or_404(edit_id)
    try:
        with unit_of_work():
            edits.undo_edit(edit)
    except Refused as refusal:
        notify(refusal.message, "error")
    else:
        notify(ngettext("%(num)d edit undone", "%(num)d edits undone", 1))
    return redirect(_back(_comment(edit.comment_id)), 303)


@admin_bp.get("/edits", endpoint="edits")
def log_of_edits() -> ResponseReturnValue:
    """Which texts staff changed: before, after, by whom."""
    page = edits.edits(request.args.get("after"))
    return render_template("admin/comments/edits.html", page=page)


def _page(comment: Comment, **refused: EditForm) -> str:
    return render_template(
        "admin/comments/comment.html",
        comment=comment,
        article=queries.article_of(comment.article_id),
        writer=writers.writer_of(comment),
        decisions=writers.decisions_on(comment),
        edits=edits.edits(of=comment).items,
        labels=address.labels(),
        refused=refused,
        from_here=_from_here(),
        back=_back(comment),
    )


def _comment(comment_id: int) -> Comment:
    """One comment that still has words.

    Raises:
        NotFound: there is none, or it was erased.
    """
    comment = queries.comment_or_404(comment_id)
    if comment.state == State.ERASED:
        raise NotFound
    return comment


def _person() -> Account:
    account = current_account()
    if account is None:
        raise NotFound
    return account


def _version() -> int:
    version = as_number(request.form.get("version", ""))
    return -1 if version is None else version


def _from_here() -> dict[str, Any]:
    """Where the way back leads: the place in the queue, the article, or the log of edits."""
    place = request.args.get("on", "")
    return {**address.here(), "on": place or None}


def _back(comment: Comment) -> str:
    place = request.args.get("on", "")
    if place == "edits":
        return url_for("admin.comments.edits")
    if place == "article" and queries.article_showing(comment) is not None:
        return url_for("comments.show", comment_id=comment.id)
    return address.queue_url(**address.here())
