"""Order numbers for people: short enough to say on the telephone, random so that they tell nobody our volume."""

from __future__ import annotations

import secrets

# Without 0 O, 1 I L, 2 Z, 5 S, 8 B, U V: what looks or sounds alike.
ALPHABET = "34679ACDEFGHJKMNPQRTWXY"
LENGTH = 8


def random_number() -> str:
    """Eight of 23 signs in two groups, such as `K7RD-94QM`: 78 thousand million possible numbers."""
    signs = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    return f"{signs[:4]}-{signs[4:]}"


def as_typed(value: str) -> str:
    """The number that a person meant: any case, with or without the hyphen."""
    signs = "".join(sign for sign in value.upper() if sign.isalnum())
    return f"{signs[:4]}-{signs[4:]}" if len(signs) == LENGTH else value.strip()
