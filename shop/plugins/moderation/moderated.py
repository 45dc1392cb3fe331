"""What somebody wrote, of which staff decide whether readers see it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, String, Text, func, select
from sqlalchemy.orm import Mapped, mapped_column

from shop.core import clock
from shop.core.database.columns import moment
from shop.core.errors import NotFound, Refused
from shop.core.jobs import enqueue
from shop.core.unit_of_work import purge
from shop.extensions import db
from shop.plugins.terms.text_verdicts import TextVerdict, WrittenText

WAITING, PUBLISHED, REFUSED, SPAM = "waiting", "published", "refused", "spam"
STATES: Mapping[str, Any] = {
    WAITING: _l("Waiting"),
    PUBLISHED: _l("Published"),
    REFUSED: _l("Refused"),
    SPAM: _l("Spam"),
}
JOB = "moderation.judge_late"
SHOWN_TO_STAFF = 100


class Moderated:
    """What readers write and staff decide on: a class beside `Model`, as in `class Review(Moderated, Model)`.

    It brings these columns, which the migration makes; your class has an `id` and says `tags` and `written`. Everything
    that changes it happens inside a unit of work.

    Attributes:
        state: `waiting`, `published`, `refused` or `spam`.
        reasons: what speaks against it, a line each.
        version: grows with each change and each decision.
        state_before: where the last decision took it from; empty when there is nothing to undo.
        decided_at: when staff decided last.
    """

    if TYPE_CHECKING:  # every table has them
        __tablename__: Any
        id: Any

    state: Mapped[str] = mapped_column(String(10))
    reasons: Mapped[str] = mapped_column(Text, default="")
    version: Mapped[int] = mapped_column(default=0)
    state_before: Mapped[str] = mapped_column(String(10), default="")
    decided_at: Mapped[moment | None]

    def tags(self) -> Iterable[str]:
        """What the pages that show it are made of."""
        raise NotImplementedError

    def written(self) -> WrittenText:
        """What late checks judge; how it was sent is not known any more."""
        raise NotImplementedError

    def begin(self, verdict: TextVerdict, *, is_held: bool = False) -> None:
        """Store it, or its new words, and let it stand where the checks put it (`judge_text`).

        Where late checks are still to be asked it waits until they have answered, unless a person decides before.

        Args:
            is_held: a rule of yours leaves it to a person.
        """
        place = WAITING if verdict.needs_person or is_held else PUBLISHED
        self.state = SPAM if verdict.is_refused else WAITING if verdict.is_unfinished else place
        self.reasons, self.state_before, self.decided_at = "\n".join(verdict.reasons), "", None
        self.version = (self.version or 0) + 1
        db.session.add(self)
        db.session.flush()
        purge(*self.tags())
        if verdict.is_unfinished and not verdict.is_refused:
            what = {"table": self.__tablename__, "id": self.id, "version": self.version}
            enqueue(JOB, {**what, "otherwise": place})

    def decide(self, to: str, *, version: int) -> None:
        """Publish it, refuse it, or call it spam.

        Args:
            to: the state that it comes to.
            version: its own, as whoever decides saw it.

        Raises:
            Refused: it was changed, or somebody decided, since it was seen.
        """
        self._require_seen(version)
        self.state_before, self.state = self.state, to
        self._note_decision()

    def undo(self, *, version: int) -> None:
        """Take the last decision back.

        Raises:
            Refused: it was changed, or somebody decided, since; or there is nothing to undo.
        """
        self._require_seen(version)
        if not self.state_before:
            raise Refused(_("There is nothing to undo."))
        self.state, self.state_before = self.state_before, ""
        self._note_decision()

    def answer_late(self, verdict: TextVerdict, *, otherwise: str) -> None:
        """Take what late checks say: it comes to where it would have been without them, unless one is against it."""
        if verdict.is_refused:
            self.state = SPAM
        elif not verdict.needs_person:
            self.state = otherwise
        self.reasons = "\n".join(filter(None, (self.reasons, *verdict.reasons)))
        purge(*self.tags())

    def _require_seen(self, version: int) -> None:
        if self.version != version:
            raise Refused(_("It was changed, or someone else decided on it, in the meantime."))

    def _note_decision(self) -> None:
        self.version += 1
        self.decided_at = clock.now()
        purge(*self.tags())

    @classmethod
    def one(cls, number: int) -> Self:
        """The one with this id, which nobody else can change before this unit of work ends.

        Raises:
            NotFound: there is none.
        """
        found = db.session.get(cls, number, with_for_update=True)
        if found is None:
            raise NotFound
        return found

    @classmethod
    def in_state(cls, state: str) -> Sequence[Self]:
        """For whoever decides, a hundred at most: the oldest first where they wait, else the newest."""
        order = cls.id if state == WAITING else cls.id.desc()
        query = select(cls).where(cls.state == state).order_by(order).limit(SHOWN_TO_STAFF)
        return db.session.scalars(query).all()

    @classmethod
    def number_waiting(cls) -> Select[int]:
        """How many wait for a person: for the `count` of an `AdminSection`."""
        return select(func.count()).select_from(cls).where(cls.state == WAITING)
