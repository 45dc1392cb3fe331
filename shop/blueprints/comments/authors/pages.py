"""An author's own comments: changed for ten minutes, taken back at any time. Pages of one visitor, never kept."""

from __future__ import annotations

from flask import make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop.blueprints.articles.syndication import article_path
from shop.blueprints.comments import cookie, queries
from shop.blueprints.comments.authors import services
from shop.blueprints.comments.blueprints import bp
from shop.blueprints.comments.forms import EditForm
from shop.blueprints.comments.judging.panel import judge
from shop.blueprints.comments.models import Comment
from shop.core.markdown import render_comment
from shop.core.pages import own_pages
from shop.extensions import limiter
from shop.plugins.api import Refused, notify, unit_of_work


@bp.get("/comments/mine")
def mine() -> ResponseReturnValue:
    """What this visitor wrote, whatever became of it."""
    after = request.args.get("after")
    page = queries.own_comments(cookie.keys_of_visitor(), cookie.verified_email(), after)
    return render_template(
        "comments/mine.html",
        page=page,
        is_young=services.is_young,
        next_url=url_for("comments.mine", after=page.next_cursor) if page.next_cursor else "",
        first_url=url_for("comments.mine") if after else "",
    )


@bp.get("/comments/mine/<int:comment_id>")
def editing(comment_id: int) -> ResponseReturnValue:
    """The form with which a comment is changed."""
    comment = _own(comment_id)
    services.require_editable(comment)
    return render_template("comments/edit.html", comment=comment, form=EditForm(obj=comment))


@bp.post("/comments/mine/<int:comment_id>")
@limiter.limit("10 per minute; 100 per day")
def edit(comment_id: int) -> ResponseReturnValue:
    """Change a comment. It is judged again, and may have to wait again."""
    comment = _own(comment_id)
    services.require_editable(comment)
    form = EditForm()
    if not form.validate():
        return render_template("comments/edit.html", comment=comment, form=form), 422
    draft = services.draft_with(comment, form.body.data or "")
    judgement, html = judge(draft), render_comment(draft.body)
    try:
        with unit_of_work():
            services.edit_own(comment, draft, judgement, html)
            is_visible = comment.is_visible
    except Refused as refusal:
        form.form_errors.append(refusal.message)
        return render_template("comments/edit.html", comment=comment, form=form), 422
    if is_visible:
        notify(_("Your comment has been changed."))
    else:
        notify(_("Your comment has been changed. It will appear once it has been approved."))
        for hint in judgement.hints:
            notify(hint, "info")
    response = make_response(redirect(url_for("comments.mine"), 303))
    article = queries.article_of(comment.article_id)
    if article is not None and not is_visible:
        own_pages.make_own(response, article_path(article.kind, article.slug))
    return response


@bp.get("/comments/mine/<int:comment_id>/delete")
def withdrawing(comment_id: int) -> ResponseReturnValue:
    """Ask for confirmation: it can't be undone."""
    return render_template("comments/withdraw.html", comment=_own(comment_id))


@bp.post("/comments/mine/<int:comment_id>/delete")
def withdraw(comment_id: int) -> ResponseReturnValue:
    """Take a comment back."""
    comment = _own(comment_id)
    with unit_of_work():
        services.withdraw_own(comment)
    notify(_("Your comment has been deleted."))
    return redirect(url_for("comments.mine"), 303)


def _own(comment_id: int) -> Comment:
    return queries.own_comment_or_404(comment_id, cookie.keys_of_visitor(), cookie.verified_email())
