"""The links of a moderator's mail: each shows a comment, and a button that decides on it.

A link is signed for one moderator and one version of one comment. It ends after a week, with the moderator's password,
and with the permission to moderate. Whoever has the mailbox can use it, so where the owner requires a second factor of
staff it leads through their sign-in.
"""

from __future__ import annotations

import hmac
from typing import Any

from shop.blueprints.accounts.models import Account
from shop.blueprints.accounts.queries import may
from shop.blueprints.comments.decisions import VERBS
from shop.blueprints.comments.models import Comment, State
from shop.core.secrets import tokens
from shop.plugins.api import Gone, NotFound, db

PURPOSE = "comment-verdict"
SECONDS = 7 * 24 * 3600


class DecisionLinkEnded(Gone):
    """A link of ours that has expired, or whose moderator or comment it no longer fits."""


def token_for(account: Account, comment_id: int, version: int) -> str:
    """What opens the page of one comment, for one moderator."""
    return tokens.sign(PURPOSE, [account.id, _key_of(account), comment_id, version])


def open_link(verb: str, token: str) -> tuple[Account, Comment, int]:
    """Whose link it is, for which comment in which version.

    Raises:
        NotFound: it was never ours, or there is no such verb.
        DecisionLinkEnded: it has expired, its moderator may not decide any more, or the comment is erased.
    """
    if verb not in VERBS:
        raise NotFound
    try:
        given: Any = tokens.unsign(PURPOSE, token, max_age=SECONDS)
    except Gone:
        raise DecisionLinkEnded from None
    account_id, key, comment_id, version = given
    account = db.session.get(Account, account_id)
    if account is None or not hmac.compare_digest(key, _key_of(account)):
        raise DecisionLinkEnded
    if not may(account, "comments.moderate"):
        raise DecisionLinkEnded
    comment = db.session.get(Comment, comment_id)
    if comment is None or comment.state == State.ERASED:
        raise DecisionLinkEnded
    return account, comment, version


def _key_of(account: Account) -> str:
    return tokens.fingerprint(PURPOSE, account.link_key)[:16]
