"""Facts of the admin."""

from __future__ import annotations

from dataclasses import dataclass

from shop.core.events import Event


@dataclass(frozen=True, slots=True)
class PluginPartFailed(Event):
    """A part of a plugin failed that decides about money, or that hands out or erases what is kept about people.

    It is told once in six hours for each part.

    Attributes:
        plugin: its name.
        hook: through which it gave the part.
        part: the name of the part.
        words: what was raised.
    """

    plugin: str
    hook: str
    part: str
    words: str
