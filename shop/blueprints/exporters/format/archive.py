"""The ZIP of an export, written piece by piece, so that its size does not matter."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TextIO


class Archive:
    """A ZIP being written."""

    def __init__(self, packed: zipfile.ZipFile) -> None:
        self._packed = packed
        self._names: set[str] = set()

    def add_text(self, name: str, written: str) -> None:
        """Write a file of text."""
        self._names.add(name)
        self._packed.writestr(name, written, zipfile.ZIP_DEFLATED)

    def add_json(self, name: str, value: Any) -> None:
        """Write a value as JSON."""
        self.add_text(name, json.dumps(value, ensure_ascii=False, indent=1) + "\n")

    def add_bytes(self, name: str, content: bytes) -> None:
        """Write a file that is compressed already. One that is there stays as it is."""
        if name not in self._names:
            self._names.add(name)
            self._packed.writestr(name, content, zipfile.ZIP_STORED)

    def add_lines(self, name: str, values: Iterable[Any]) -> int:
        """Write one JSON value a line; how many there were."""
        count = 0
        with self.open_text(name) as out:
            for value in values:
                count += 1
                out.write(json.dumps(value, ensure_ascii=False) + "\n")
        return count

    @contextmanager
    def open_text(self, name: str) -> Iterator[TextIO]:
        """A file of text to be written piece by piece. Nothing else can be written meanwhile."""
        self._names.add(name)
        with (
            self._packed.open(name, "w", force_zip64=True) as raw,
            io.TextIOWrapper(raw, encoding="utf-8", newline="") as out,
        ):
            yield out
