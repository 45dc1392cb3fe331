"""The result of contract tests: each rule in plain words, and what breaks it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(slots=True)
class Contract:
    """What was looked at, said line by line. `broken` counts the rules that do not hold."""

    say: Callable[[str], object]
    broken: int = 0
    kept: int = 0

    def begin(self, heading: str) -> None:
        """The rules that follow belong together."""
        self.say(f"\n{heading}")

    def rule(self, words: str, problems: Iterable[str]) -> bool:
        """Say whether a rule holds, and whatever breaks it; whether it does."""
        found = list(dict.fromkeys(problems))
        if found:
            self.broken += 1
        else:
            self.kept += 1
        self.say(f"  {'BROKEN' if found else 'ok':<7}{words}")
        for problem in found:
            self.say(f"           {problem}")
        return not found

    def note(self, words: str) -> None:
        """Something that breaks no rule, and that its author may want to know."""
        self.say(f"  note   {words}")


def said(error: BaseException) -> str:
    """What an error says, in one line."""
    words = str(getattr(error, "orig", None) or error)
    return " ".join(f"{type(error).__name__}: {words}".split())
