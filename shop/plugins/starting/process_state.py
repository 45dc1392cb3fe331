"""What belongs to the whole process. A plugin that changes it while it is imported changes it for every page."""

from __future__ import annotations

import decimal
import gc
import locale
import logging
import signal
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD)


def process_state() -> Mapping[str, object]:
    """All that can be looked at, by what it is in words."""
    log, numbers = logging.getLogger(), decimal.getcontext()
    return {
        "the working directory": _working_directory(),
        "the locale": locale.setlocale(locale.LC_ALL),
        "how long sockets wait": socket.getdefaulttimeout(),
        "how decimal numbers are rounded": (numbers.prec, numbers.rounding, numbers.Emax),
        "where output goes": (sys.stdout, sys.stderr),
        "how deep calls may go": sys.getrecursionlimit(),
        "where the log goes": (*log.handlers, log.level, log.manager.disable),
        "what happens at signals": tuple(map(signal.getsignal, _SIGNALS)),
        "whether memory is collected": gc.isenabled(),
    }


def changed_in(before: Mapping[str, object]) -> str:
    """What is not as it was before, in words; empty when all is."""
    now = process_state()
    what = next((name for name, value in before.items() if now[name] != value), "")
    return f"it changes {what}, for the whole process" if what else ""


def _working_directory() -> str:
    try:
        return str(Path.cwd())
    except FileNotFoundError:  # somebody has deleted it
        return ""
