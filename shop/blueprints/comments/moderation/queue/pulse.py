"""What the open queue page asks every few seconds: has anything changed, and who decided on the comments shown."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import func, select

from shop.blueprints.comments import queries, tallies
from shop.blueprints.comments.models import Comment, Decision, State
from shop.blueprints.comments.moderation.queue.cards import who_decided
from shop.plugins.api import db


@dataclass(frozen=True, slots=True)
class Pulse:
    """The counts, and a tag that is another one as soon as a comment came or was decided on."""

    counts: Mapping[State, int]
    newest_id: int
    etag: str


def take_pulse() -> Pulse:
    """Three small reads, whatever is stored."""
    counts, newest = tallies.by_state(), queries.newest_id()
    last_decision = db.session.scalar(select(func.max(Decision.id))) or 0
    told = json.dumps([newest, last_decision, sorted(counts.items())])
    return Pulse(counts, newest, hashlib.sha256(told.encode()).hexdigest()[:20])


def decided_elsewhere(shown: Sequence[int], state: State) -> Mapping[str, str]:
    """Of comments shown in a state, those that are no longer in it, with who decided, in words."""
    query = select(Comment.id).where(Comment.id.in_(shown), Comment.state != state)
    gone = list(db.session.scalars(query)) if shown else []
    said = who_decided(gone)
    return {str(each): said.get(each, _("No longer here")) for each in gone}
