"""Values that are stored and have words for people."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from flask_babel import LazyString


class LabelledEnum(StrEnum):
    """Parent of an enum whose members say what a page calls them: `PAID = "paid", _l("Paid")`.

    A member is its stored value, as with any `StrEnum`; the words come in the language of the page that shows them.
    """

    lazy_label: LazyString
    """The words for what is made once and shown later, such as the choices of a form."""

    def __new__(cls, value: str, label: LazyString | None = None) -> Self:
        """Make a member of its stored value and its words. (`OrderState("paid")` finds one and does not come here.)

        Raises:
            TypeError: the words are missing.
        """
        if label is None:
            raise TypeError(f"{cls.__name__}: {value!r} needs words")
        member = str.__new__(cls, value)
        member._value_ = value
        member.lazy_label = label
        return member

    @property
    def label(self) -> str:
        """The words, in the present language."""
        return str(self.lazy_label)
