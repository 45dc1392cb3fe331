"""The links of a moderator's mail: each shows a comment, and a button that decides on it.

A link is signed for one moderator and one version of one comment. It ends after a week, with the moderator's password,
and with the permission to moderate.
"""

from __future__ import annotations

import hmac
from typing import Any

from shop.blueprints.accounts.models import Account
from shop.blueprints.accounts.queries import may
from shop.blueprints.comments import queries
from shop.blueprints.comments.decisions import VERBS
from shop.blueprints.comments.models import Comment, State
from shop.core import tokens
from shop.core.errors import Gone, NotFound
from shop.extensions import db

PURPOSE = "comment-verdict"
SECONDS = 7 * 24 * 3600


def token_for(account: Account, comment_id: int, version: int) -> str:
    """What opens the page of one comment, for one moderator."""
    return tokens.sign(PURPOSE, [account.id, _key_of(account), comment_id, version])


def open_link(verb: str, token: str) -> tuple[Account, Comment, int]:
    """Whose link it is, for which comment in which version.

    Raises:
        NotFound: it was never ours, or there is no such verb.
        Gone: it has expired, its moderator may not decide any more, or the comment is erased.
    """
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
    return tokens.fingerprint(PURPOSE, account.link_key)[:16]
