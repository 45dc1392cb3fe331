"""Patterns that are only tried on texts that hold what every match of them needs: most texts hold nothing of it."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sieve:
    """A pattern, and strings of which every match holds one. To look for these takes a tenth of its time."""

    pattern: re.Pattern[str]
    needs: tuple[str, ...]

    def search(self, text: str) -> re.Match[str] | None:
        """The first match in a text."""
        return self.pattern.search(text) if self.may_match(text) else None

    def may_match(self, text: str) -> bool:
        """Whether a text holds a string without which the pattern finds nothing."""
        return any(map(text.__contains__, self.needs))
