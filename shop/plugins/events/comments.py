"""Facts of comments."""

from __future__ import annotations

from dataclasses import dataclass

from shop.core.events import Event


@dataclass(frozen=True, slots=True)
class CommentPosted(Event):
    """A visitor's comment was stored; whatever state it is in.

    Attributes:
        comment_id: which comment.
    """

    comment_id: int


@dataclass(frozen=True, slots=True)
class CommentApproved(Event):
    """Readers see a comment that they did not see before.

    Attributes:
        comment_id: which comment.
    """

    comment_id: int


@dataclass(frozen=True, slots=True)
class CommentMarkedSpam(Event):
    """Someone called a comment spam.

    Attributes:
        comment_id: which comment.
    """

    comment_id: int


@dataclass(frozen=True, slots=True)
class CommentRejected(Event):
    """Someone decided that a comment is not to be shown, though it is not spam.

    Attributes:
        comment_id: which comment.
    """

    comment_id: int


@dataclass(frozen=True, slots=True)
class CommentReturned(Event):
    """A decision was undone: the comment waits again.

    Attributes:
        comment_id: which comment.
    """

    comment_id: int


@dataclass(frozen=True, slots=True)
class CommentEdited(Event):
    """Its author changed a comment; it was judged again, and may be in another state.

    Attributes:
        comment_id: which comment.
    """

    comment_id: int


@dataclass(frozen=True, slots=True)
class CommentEditedByStaff(Event):
    """Staff changed the text of a comment, or set it back; its state is the same.

    Attributes:
        comment_id: which comment.
    """

    comment_id: int


@dataclass(frozen=True, slots=True)
class CommentWithdrawn(Event):
    """Its author took a comment back: only its place is left.

    Attributes:
        comment_id: which comment.
    """

    comment_id: int
