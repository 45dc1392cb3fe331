"""What the whole site keeps about a person: every feature hands over, and erases, its part."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _

from shop.plugins import registry


def kinds_of_data() -> list[str]:
    """What is kept, in words."""
    return [str(kept.label) for kept in registry().personal_data]


def export(email: str) -> dict[str, Any]:
    """Everything that belongs to a verified address, by feature; plain values."""
    return {kept.name: list(kept.export(email)) for kept in registry().personal_data}


def counts(email: str) -> list[tuple[str, int]]:
    """How many things each feature keeps about an address, in words; features that keep none are left out."""
    found = ((str(kept.label), len(kept.export(email))) for kept in registry().personal_data)
    return [(label, number) for label, number in found if number]


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
        Refused: a feature must not erase; then nothing is.
    """
    for kept in reversed(registry().personal_data):
        kept.erase(email)
