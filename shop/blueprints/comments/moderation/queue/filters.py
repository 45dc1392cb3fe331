"""What a moderator asks the queue for."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

from flask_babel import lazy_gettext as _l

from shop.blueprints.comments.models import State
from shop.core.labels import LabelledEnum

GROUPED = frozenset({State.WAITING, State.SPAM})


class QueueOrder(LabelledEnum):
    """What comes first. The queue's own is first in, first out."""

    OLDEST = "oldest", _l("Oldest first")
    NEWEST = "newest", _l("Newest first")
    SPAM_LAST = "spam-last", _l("Likely spam last")
    SPAM_FIRST = "spam-first", _l("Likely spam first")


BY_LIKELIHOOD = frozenset({QueueOrder.SPAM_LAST, QueueOrder.SPAM_FIRST})


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """Which comments, and in which order: what is in the queue's address.

    `article` is a slug; `by` an email address or a part of a name; `search` a part of name, text or title, or an
    email address; `check` the name of a check that spoke against the comment; `campaign` a group's key;
    `unread` leaves those whose present text was published, or moved, without a person; `groups` those that are like
    others in the same state, each campaign as one.
    """

    state: State = State.WAITING
    article: str = ""
    by: str = ""
    search: str = ""
    check: str = ""
    campaign: str = ""
    unread: bool = False
    groups: bool = False
    order: QueueOrder | None = None

    @property
    def in_order(self) -> QueueOrder:
        """The order asked for; else those that wait first in, first out, so that nobody waits forever."""
        if self.order in BY_LIKELIHOOD and not self.can_be_ranked:
            return QueueOrder.OLDEST
        return self.order or (
            QueueOrder.OLDEST if self.state is State.WAITING else QueueOrder.NEWEST
        )

    @property
    def can_be_ranked(self) -> bool:
        """Whether there is an index for the order by score."""
        return not (self.email or self.article or self.campaign)

    @property
    def email(self) -> str:
        """The email address asked for, if it is a whole one."""
        for given in (self.by, self.search):
            name, at, domain = given.partition("@")
            if at and name and domain:
                return given.lower()
        return ""

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but a state was asked for."""
        return replace(self, order=None) != QueueFilter(self.state)

    @property
    def is_grouped(self) -> bool:
        """Whether a campaign is shown as one."""
        return (self.groups or self.state in GROUPED) and not self.campaign

    @property
    def is_sifted(self) -> bool:
        """Whether a campaign's leader may be left out by the filter, so that another has to stand for it."""
        return replace(self, order=None, groups=False) != QueueFilter(self.state)

    def as_payload(self) -> dict[str, Any]:
        """As JSON, for a job."""
        return asdict(self)

    @classmethod
    def of_payload(cls, payload: dict[str, Any]) -> QueueFilter:
        """From what `as_payload` made."""
        order = payload["order"]
        return cls(
            **{
                **payload,
                "state": State(payload["state"]),
                "order": QueueOrder(order) if order else None,
            }
        )
