"""What the C library keeps of the memory that this process has given back. By itself it keeps whatever was the most.

Where the C library is another one than glibc (mallopt(3), malloc_trim(3)), nothing is changed.
"""

from __future__ import annotations

import ctypes
import os
from functools import cache
from pathlib import Path

ARENAS = 2
"""Heaps. By default each thread has its own, up to eight for each core, and what is free in one, no other uses."""
APART_FROM = 4 * 1024 * 1024
"""Bytes. What is as large as that, such as a picture's pixels, goes back to the system at once."""
KEPT = 1024 * 1024
"""Bytes that may stay free at the end of a heap."""
GROWN_BY = 16 * 1024 * 1024
"""By how many bytes a process has grown before it is worth a look for what can be given back: it takes milliseconds."""

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
_STATM = Path("/proc/self/statm")

_smallest = 0


def keep_little() -> None:
    """Let the C library keep little of what is free: in this process, and in those that it forks."""
    if (set_option := getattr(_c_library(), "mallopt", None)) is not None:
        set_option(_M_ARENA_MAX, ARENAS)
        set_option(_M_MMAP_THRESHOLD, APART_FROM)
        set_option(_M_TRIM_THRESHOLD, KEPT)


def give_back_memory() -> None:
    """Give back to the system what is free, if this process has grown much since it was smallest."""
    global _smallest
    trim = getattr(_c_library(), "malloc_trim", None)
    if trim is None or not _STATM.exists():
        return
    if _resident_bytes() > _smallest + GROWN_BY:
        trim(0)
        _smallest = _resident_bytes()


def _resident_bytes() -> int:
    pages = int(_STATM.read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


@cache
def _c_library() -> ctypes.CDLL:
    return ctypes.CDLL(None)
