"""What jobs have used goes back to the system, so that a process does not stay as large as it ever was."""

from __future__ import annotations

from shop.core import memory

MEGABYTE = 1_000_000


def test_what_is_free_is_given_back_once_a_process_has_grown(monkeypatch):
    pieces = [b"x" * 100_000 for _ in range(600)]
    last = b"x" * 100_000  # above what will be free, so that the C library keeps all of it
    pieces.clear()
    size = memory._resident_bytes()
    monkeypatch.setattr(memory, "_smallest", size)
    memory.give_back_memory()
    assert memory._resident_bytes() > size - 40 * MEGABYTE
    monkeypatch.setattr(memory, "_smallest", 0)
    memory.give_back_memory()
    assert last
    assert memory._resident_bytes() < size - 40 * MEGABYTE
