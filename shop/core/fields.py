"""What is declared of a field that somebody fills in: a setting of the owner, or a field of a plugin's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from shop.core.errors import Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldTerms:
    """What a form says of one field, and what may be entered.

    Attributes:
        kind: the type of a value.
        default: holds until something was entered.
        choices: (value, label) of each value that may be chosen; empty for any.
        minimum: of a number, of the length of a text, or of the entries of a list; `maximum` likewise.
    """

    name: str
    kind: type[Any]
    default: Any
    label: str
    help: str
    choices: tuple[tuple[str, str], ...]
    minimum: int | None
    maximum: int | None
    multiline: bool

    def offers(self, value: Any) -> bool:
        """Whether a value, or each entry of a list, is among the choices."""
        offered = {choice for choice, _label in self.choices}
        return not offered or ({*value} <= offered if self.kind is tuple else value in offered)

    def require_fit(self, value: Any) -> None:
        """Look whether a value may be stored.

        Raises:
            Refused: it may not; `field` names the field.
        """
        if wrong := self._wrong_with(value):
            raise Refused(wrong, field=self.name)

    def _wrong_with(self, value: Any) -> str:
        if type(value) is not self.kind:  # True is no number, and a moment is no date
            return str(_("This is the wrong type of value."))
        if not self.offers(value):
            return str(_("Choose one of the options."))
        size = len(value) if isinstance(value, (str, tuple)) else value
        if self.minimum is not None and size < self.minimum:
            return str(_("Enter at least %(number)s.", number=self.minimum))
        if self.maximum is not None and size > self.maximum:
            return str(_("Enter at most %(number)s.", number=self.maximum))
        return ""
