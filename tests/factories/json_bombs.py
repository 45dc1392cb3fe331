"""JSON that costs whoever reads it without care: time, memory or the stack."""

from __future__ import annotations

JSON_BOMBS = {
    "lists in lists": b"[" * 200_000,
    "objects in objects": b'{"a":' * 40_000,
    "closed again": b"[" * 100_000 + b"]" * 100_000,
    "a long number": b"9" * 200_000,
    "a large exponent": b'{"id": 1e999999999}',
    "many members": b'{"id": [' + b"0," * 100_000 + b"0]}",
    "a megabyte of blanks": b" " * 990_000 + b"{}",
}
