"""How names of hosts are looked up: with an end, and with a memory.

`getaddrinfo` of the C library knows no deadline of ours. With a name server that swallows packets it takes ten to forty
seconds, whatever the connection that follows may take: PostgreSQL's, Valkey's, a mail server's, Stripe's, a bucket's.
All our libraries ask by `socket.getaddrinfo`, so its place is the one where all of them can be given an end.

While nobody answers, the last good answer goes on to serve (RFC 8767), however old it is.
"""

from __future__ import annotations

import ipaddress
import os
import socket
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

ANSWERS_WITHIN = 2.0
"""Seconds."""
MOST_REMEMBERED = 500
"""Names; plugins may ask for any number of them."""
_IN_VAIN = frozenset({socket.EAI_AGAIN, socket.EAI_FAIL, socket.EAI_SYSTEM})
"""The name server failed. Others say that there is no such name, and are answers."""


class _Question:
    """One look-up, asked in a thread of its own because nothing ends it."""

    def __init__(self, ask: Callable[[], Any], answered: Callable[[_Question], None]) -> None:
        self.is_late = False
        """Somebody waited in vain: nobody else does."""
        self.found: Any = None
        self.error: OSError | None = None
        self._ask = ask
        self._answered = answered
        self._ends = threading.Event()
        threading.Thread(target=self._run, name="shop-look-up", daemon=True).start()

    def has_ended(self, within: float) -> bool:
        """Whether it is answered, once it is or so many seconds are over."""
        if not self._ends.wait(0.0 if self.is_late else within):
            self.is_late = True
        return self._ends.is_set()

    def _run(self) -> None:
        try:
            self.found = self._ask()
        except OSError as error:
            self.error = error
        except Exception as error:  # noqa: BLE001 - such as a name that no encoding can hold
            self.error = socket.gaierror(socket.EAI_NONAME, str(error))
        self._answered(self)
        self._ends.set()


class PatientLookUp:
    """Stands in the place of a function that looks something up. Of those who ask the same at once, one asks."""

    def __init__(self, ask: Callable[..., Any], within: float = ANSWERS_WITHIN) -> None:
        self._ask = ask
        self._within = within
        self._begin_anew()
        os.register_at_fork(after_in_child=self._begin_anew)

    def _begin_anew(self) -> None:
        """A child has none of its parent's threads: their questions would never be answered."""
        self._lock = threading.Lock()
        self._asked: dict[Any, _Question] = {}
        self._known: OrderedDict[Any, Any] = OrderedDict()

    def __call__(self, *given: Any, **named: Any) -> Any:
        """As the function itself.

        Raises:
            socket.gaierror: there is no such name, or nobody answered in time and nobody ever has.
        """
        host = given[0] if given else named.get("host")
        if _is_address(host):
            return self._ask(*given, **named)
        key = (given, tuple(sorted(named.items())))
        question = self._question(key, lambda: self._ask(*given, **named))
        if not question.has_ended(self._within):
            return self._remembered(key, _silence(host, self._within))
        if question.error is None:
            return question.found
        if question.error.errno in _IN_VAIN:
            return self._remembered(key, question.error)
        raise question.error

    def _question(self, key: Any, ask: Callable[[], Any]) -> _Question:
        def answered(question: _Question) -> None:
            with self._lock:
                self._asked.pop(key, None)
                if question.error is None:
                    self._known[key] = question.found
                    self._known.move_to_end(key)
                if len(self._known) > MOST_REMEMBERED:
                    self._known.popitem(last=False)

        with self._lock:
            if key not in self._asked:
                self._asked[key] = _Question(ask, answered)
            return self._asked[key]

    def _remembered(self, key: Any, error: OSError) -> Any:
        with self._lock:
            if key in self._known:
                return self._known[key]
        raise error


def _is_address(host: Any) -> bool:
    """Whether nobody needs to be asked: it is none of a host's names."""
    if host is None or host in {"", b""}:
        return True
    try:
        ipaddress.ip_address(host.decode() if isinstance(host, bytes) else host.partition("%")[0])
    except (ValueError, AttributeError):
        return False
    return True


def _silence(host: Any, seconds: float) -> socket.gaierror:
    return socket.gaierror(
        socket.EAI_AGAIN, f"no name server said within {seconds:g} s where {host} is"
    )


def set_deadline() -> None:
    """Let every look-up of this process, and of those that it forks, end. `smtplib` also asks what we are called."""
    for name in ("getaddrinfo", "gethostbyaddr"):
        ask = getattr(socket, name)
        if not isinstance(ask, PatientLookUp):
            setattr(socket, name, PatientLookUp(ask))
