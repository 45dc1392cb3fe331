"""The links of a moderator's mail: each shows a comment, and a button that decides on it.

A link is signed for one moderator and one version of one comment. It ends after a week, with the moderator's password,
and with the permission to moderate.
"""

from __future__ import annotations

import hmac
from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from shop.blueprints.accounts.models import Account
from shop.blueprints.accounts.queries import may
from shop.blueprints.articles.models import Article
from shop.blueprints.comments import decisions, queries
from shop.blueprints.comments.models import Comment, State
from shop.blueprints.comments.moderation.queue import cards
from shop.core import tokens
from shop.core.errors import Gone, NotFound
from shop.core.notices import notify
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db

bp = Blueprint("comment_mail_links", __name__)

PURPOSE = "comment-verdict"
SECONDS = 7 * 24 * 3600
VERBS = {"approve": State.APPROVED, "spam": State.SPAM, "reject": State.REJECTED}


def token_for(account: Account, comment_id: int, version: int) -> str:
    """What opens the page of one comment, for one moderator."""
    return tokens.sign(PURPOSE, [account.id, _key_of(account), comment_id, version])


@bp.get("/moderation/<verb>/<token>")
def show(verb: str, token: str) -> ResponseReturnValue:
    """The comment, and the button. Looking changes nothing."""
    _account, comment, version = _opened(verb, token)
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
    """Decide, unless somebody has since the mail was written."""
    with unit_of_work():
        account, comment, version = _opened(verb, token)
        outcome = decisions.decide_ids(
            [comment.id],
            VERBS[verb],
            by=account,
            seen=State.WAITING,
            versions={comment.id: version},
        )
    if outcome.overtaken:
        notify(
            _("The comment was left as it is: it has changed since the mail was written."), "error"
        )
    else:
        notify(_("Thanks, that is decided."))
    return redirect(url_for("comment_mail_links.show", verb=verb, token=token), 303)


def _opened(verb: str, token: str) -> tuple[Account, Comment, int]:
    if verb not in VERBS:
        raise NotFound
    given: Any = tokens.unsign(PURPOSE, token, max_age=SECONDS)
    account_id, key, comment_id, version = given
    account = db.session.get(Account, account_id)
    if account is None or not hmac.compare_digest(key, _key_of(account)):
        raise Gone
    if not may(account, "comments.moderate"):
        raise Gone
    comment = queries.comment_or_404(comment_id)
    if comment.state == State.ERASED:
        raise Gone
    return account, comment, version


def _key_of(account: Account) -> str:
    return tokens.fingerprint(PURPOSE, account.session_key)[:16]
