"""The pages behind the links of a moderator's mail. Opening one changes nothing: mail programs open every link."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from shop.blueprints.accounts.models import Account
from shop.blueprints.accounts.queries import current_account
from shop.blueprints.accounts.second_factor.services import is_factor_required
from shop.blueprints.accounts.signing_in.second_step_pages import ask_to_set_up_factor
from shop.blueprints.articles.models import Article
from shop.blueprints.comments import decisions
from shop.blueprints.comments.models import State
from shop.blueprints.comments.moderation.mail_links import DecisionLinkEnded, open_link
from shop.blueprints.comments.moderation.queue import cards
from shop.plugins.api import db, notify, unit_of_work

bp = Blueprint("comment_mail_links", __name__)


@bp.get("/moderation/<verb>/<token>")
def show(verb: str, token: str) -> ResponseReturnValue:
    """The comment, and the button. Looking changes nothing."""
    account, comment, version = open_link(verb, token)
    if (question := _ask_first(account)) is not None:
        return question
    article = db.session.get_one(Article, comment.article_id)
    return render_template(
        "comments/verdict.html",
        comment=comment,
        body_html=Markup(comment.body_html),  # noqa: S704 - render_comment cleaned it before it was stored
        reasons=cards.reasons_of(comment.evidence),
        article=article,
        verb=verb,
        verbs={"approve": _("Approve"), "spam": _("Spam"), "reject": _("Reject")},
        token=token,
        is_open=comment.state == State.WAITING and comment.version == version,
        decided=cards.who_decided([comment.id]).get(comment.id, ""),
    )


@bp.post("/moderation/<verb>/<token>")
def decide(verb: str, token: str) -> ResponseReturnValue:
    """Decide, unless someone has since the mail was written."""
    if (question := _ask_first(open_link(verb, token)[0])) is not None:
        return question
    with unit_of_work():
        account, comment, version = open_link(verb, token)
        outcome = decisions.decide_ids(
            [comment.id],
            decisions.VERBS[verb],
            by=account,
            seen=State.WAITING,
            versions={comment.id: version},
        )
    if outcome.overtaken:
        notify(
            _(
                "The comment was not changed, because someone edited or decided on it after this email was sent."
            ),
            "error",
        )
    else:
        notify(_("Done. Your decision is saved."))
    return redirect(url_for("comment_mail_links.show", verb=verb, token=token), 303)


def _ask_first(account: Account) -> ResponseReturnValue | None:
    """Where a second factor is required, the mailbox is not enough: its moderator signs in, and comes back."""
    if not is_factor_required():
        return None
    present = current_account()
    if present is None:
        return redirect(url_for("accounts.sign_in", next=request.path), 303)
    if present != account:
        raise DecisionLinkEnded
    return ask_to_set_up_factor(account)


@bp.errorhandler(DecisionLinkEnded)
def link_ended(_ended: DecisionLinkEnded) -> ResponseReturnValue:
    """Say what the link was, and lead to the queue."""
    return render_template("comments/decision_link_ended.html"), 410
