"""Campaigns as the queue shows them: how many there are, and a few of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, literal, select, union_all

from shop.blueprints.comments.models import Comment, State
from shop.plugins.api import db

MOST_COUNTED = 1000
SAMPLES = 5
EXCERPT = 240


@dataclass(frozen=True, slots=True)
class Sample:
    """One of a campaign."""

    author_name: str
    text: str


@dataclass(frozen=True, slots=True)
class CampaignGroup:
    """A campaign: near-duplicates in one state. `count` stops at a thousand."""

    key: str
    count: int
    samples: Sequence[Sample]

    @property
    def size(self) -> str:
        """How many, in words that do not promise more than was counted."""
        if self.count > MOST_COUNTED:
            return str(_("more than %(num)s", num=f"{MOST_COUNTED:,}"))
        return f"{self.count:,}"

    @property
    def short_size(self) -> str:
        """How many, for a button."""
        return f"{MOST_COUNTED:,}+" if self.count > MOST_COUNTED else f"{self.count:,}"


def campaign_groups(
    keys: Sequence[str], state: State, *, besides: Sequence[int]
) -> Mapping[str, CampaignGroup]:
    """The campaigns with more than one comment in a state, with samples in addition to those that are shown anyway."""
    if not keys:
        return {}
    counts = dict(db.session.execute(each_of(keys, lambda key: count_of(key, state))).all())
    several = [key for key in keys if counts[key] > 1]
    samples: dict[str, list[Sample]] = {key: [] for key in several}
    for row in (
        db.session.execute(each_of(several, lambda key: some_of(key, state))) if several else ()
    ):
        if row.id not in besides:
            samples[row.campaign].append(Sample(row.author_name, row.text))
    return {key: CampaignGroup(key, counts[key], samples[key]) for key in several}


def each_of(keys: Sequence[str], query: Any) -> Any:
    """One query for all campaigns, each with a limit of its own."""
    parts = [select(query(key).subquery()) for key in keys]
    return union_all(*parts) if len(parts) > 1 else parts[0]


def count_of(key: str, state: State) -> Any:
    some = (
        select(Comment.id)
        .where(Comment.campaign == key, Comment.state == state)
        .limit(MOST_COUNTED + 1)
        .subquery()
    )
    return select(literal(key).label("campaign"), func.count().label("number")).select_from(some)


def some_of(key: str, state: State) -> Any:
    return (
        select(
            Comment.id,
            Comment.campaign,
            Comment.author_name,
            func.substr(Comment.body, 1, EXCERPT).label("text"),
        )
        .where(Comment.campaign == key, Comment.state == state)
        .order_by(Comment.id)
        .limit(SAMPLES)
    )
