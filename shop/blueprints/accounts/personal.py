"""What the whole site keeps about a person: every feature hands over, and erases, its part.

A part that can't be handed over is named in what is: an export that lacks something silently would be wrong. Erasing is
done by all or by none.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from flask import json
from flask_babel import gettext as _

from shop.plugins import PluginFailed, attempted, bounded, registry
from shop.plugins.api import PersonalData, Refused

INCOMPLETE = "incomplete"
"""The key in what is handed out that names what could not be."""
MOST_THINGS = 100_000
"""More than this of one kind is no person's: it may never end."""


def kinds_of_data() -> list[str]:
    """What is kept, in words."""
    return [str(kept.label) for kept in registry().personal_data]


def export(email: str) -> dict[str, Any]:
    """Everything that belongs to a verified address, by feature; plain values; under `incomplete` what failed."""
    found: dict[str, Any] = {}
    failed: list[str] = []
    for kept in registry().personal_data:
        try:
            found[kept.name] = _exported(kept, email)
        except PluginFailed:
            failed.append(str(_unreadable(kept)))
    return {**found, INCOMPLETE: failed} if failed else found


def counts(email: str) -> list[tuple[str, int | None]]:
    """How many things each feature keeps about an address, in words; None where that can't be read at the moment.
    Features that keep none are left out.
    """
    found: list[tuple[str, int | None]] = []
    for kept in registry().personal_data:
        try:
            number = len(_exported(kept, email))
        except PluginFailed:
            found.append((str(kept.label), None))
        else:
            found += [(str(kept.label), number)] if number else []
    return found


def what_stays(email: str) -> str:
    """After erasing: what has to be kept for now, to be said to the person; empty when nothing has."""
    left = [label for label, _number in counts(email)]
    if not left:
        return ""
    said: str = _(
        "We still keep what is in progress or what the law makes us keep: %(kinds)s. An open "
        "order is erased automatically once it is complete.",
        kinds=" · ".join(left),
    )
    return said


def erase(email: str) -> None:
    """Erase it everywhere. The features at the top go first, so that rows that refer to an account go before the
    account.

    Raises:
        Refused: a feature must not erase, or failed; then nothing is.
    """
    for kept in reversed(registry().personal_data):
        try:
            attempted("personal_data", kept, partial(kept.erase, email), lets_through=(Refused,))
        except PluginFailed as failure:
            raise Refused(
                _(
                    "%(kind)s can’t be erased at the moment, so nothing was erased. We know of it. "
                    "Please try again tomorrow.",
                    kind=kept.label,
                )
            ) from failure


def _exported(kept: PersonalData, email: str) -> list[Mapping[str, Any]]:
    """What one feature keeps, each of it fit for a file.

    Raises:
        PluginFailed: it can't be read.
    """
    return attempted("personal_data", kept, lambda: _plain(kept, email))


def _plain(kept: PersonalData, email: str) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = [
        dict(each) for each in bounded(kept.export(email), MOST_THINGS)
    ]
    json.dumps(found, allow_nan=False)
    return found


def _unreadable(kept: PersonalData) -> str:
    said: str = _(
        "%(kind)s could not be read. We know of it. Please download your data again tomorrow.",
        kind=kept.label,
    )
    return said
