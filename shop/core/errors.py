"""What services raise. Views turn these into answers; nobody else needs to know HTTP."""

from __future__ import annotations

import threading
from typing import TypeVar

T = TypeVar("T")


class ShopError(Exception):
    """Parent of every error that the shop raises on purpose."""


class Refused(ShopError):
    """A rule says no; a view that does not catch it answers 422.

    Attributes:
        message: in words for the person.
        field: the name of the form's field to show it beside, or None.
    """

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class NotFound(ShopError):
    """The thing does not exist, or is not for this person: the answer is the same 404."""


def ends_process(error: BaseException) -> bool:
    """Whether somebody pressed Ctrl-C, which Python tells the main thread alone. Anything else that code of others
    raises, be it `KeyboardInterrupt` in a thread, is a failure of that code.
    """
    is_main = threading.current_thread() is threading.main_thread()
    return isinstance(error, KeyboardInterrupt) and is_main


def or_404(thing: T | None) -> T:
    """The thing that was looked for.

    Raises:
        NotFound: there is none.
    """
    if thing is None:
        raise NotFound
    return thing


class Gone(ShopError):
    """The thing was here and is not any more: a link that has expired or was used up (410)."""


class BucketAway(ShopError):
    """The bucket with our files does not answer, or refuses us: a 503. Says so in a line, for whoever runs the site."""


class TooMany(ShopError):
    """A limit was reached; the answer is 429.

    Attributes:
        message: in words for the person.
        retry_after: in seconds; sent as `Retry-After`.
    """

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message)
        self.message = message
        self.retry_after = retry_after
