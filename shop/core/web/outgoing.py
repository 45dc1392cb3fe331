"""Requests to other servers, with an end: of time, of size, and of where they may lead.

An address that somebody typed may name a machine that only we can reach (SSRF; OWASP Top 10 2025, A01). So a name is
looked up once, every address it has must be one of the open internet, and the connection goes to that very address. A
redirect is followed by the same rules.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from urllib.parse import SplitResult, urljoin, urlsplit

from shop.core.errors import ShopError

MOST_REDIRECTS = 3
_REDIRECTS = {301, 302, 303, 307, 308}
_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052: an address of IPv4 within
_PORTS = {"http": 80, "https": 443}
heard_by: list[Callable[[str], None]] = []
"""Hear the name of each host, before it is asked."""
_BY_US = frozenset({"host", "content-length", "connection", "transfer-encoding"})


class Unreachable(ShopError):
    """Another server did not answer in time, answered with too much, or is one that we don't talk to."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What another server said.

    Attributes:
        status: as it said, e.g. 200; what is no success is no error here.
        headers: by their names in lower case.
        body: whole.
        url: of the page that was answered, after redirects.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str

    @property
    def text(self) -> str:
        """The body as UTF-8; what is none is marked."""
        return self.body.decode("utf-8", "replace")


def fetch(
    url: str,
    *,
    method: str = "GET",
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    seconds: float = 5.0,
    most_bytes: int = 1_000_000,
) -> Fetched:
    """Ask another server of the open internet. Never in a page or a unit of work: yield a job, and ask there.

    Args:
        url: `http` or `https`, on its usual port.
        seconds: for all of it: name, connection, redirects, answer.
        most_bytes: of the body, as it is sent; none is unpacked.

    Raises:
        Unreachable: it took longer or is larger, can't be reached, or is no server of the open internet.
    """
    until = time.monotonic() + seconds
    for _turn in range(MOST_REDIRECTS + 1):
        answer = _asked(url, method, body, headers or {}, until, most_bytes)
        target = answer.headers.get("location", "")
        if answer.status not in _REDIRECTS or not target:
            return answer
        if answer.status == 303 or (answer.status in {301, 302} and method == "POST"):
            method, body = "GET", b""
        before, url = url, urljoin(url, target)
        if urlsplit(before)[:2] != urlsplit(url)[:2]:
            headers = {}  # a key for one server is none for another
    raise Unreachable(f"{url}: too many redirects")


def _asked(
    url: str, method: str, body: bytes, headers: Mapping[str, str], until: float, most_bytes: int
) -> Fetched:
    parts = _parts(url)
    for hear in heard_by:
        hear(parts.hostname or "")
    connection = _connection(parts, _address(parts, until), until)
    end = threading.Timer(_left(until), _cut, (connection.sock,))
    end.daemon = True
    end.start()
    try:
        path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
        given = {name: each for name, each in headers.items() if name.lower() not in _BY_US}
        connection.request(
            method,
            path,
            body or None,
            {"Accept-Encoding": "identity", "Connection": "close"} | given,
        )
        with closing(connection.getresponse()) as response:
            said = response.read(most_bytes + 1)
    except (OSError, http.client.HTTPException, ValueError) as error:
        _left(until)  # cut off at the end, it fails in whatever way the other side's kernel chooses
        raise Unreachable(f"{parts.hostname}: {error!r}") from error
    finally:
        end.cancel()
        connection.close()
    if len(said) > most_bytes:
        raise Unreachable(f"{parts.hostname}: the answer is larger than {most_bytes} bytes")
    _left(until)  # cut off at the end, an answer may look whole
    named = {name.lower(): value for name, value in response.getheaders()}
    return Fetched(response.status, named, said, url)


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        is_plain = parts.scheme in _PORTS and parts.port in {None, _PORTS.get(parts.scheme)}
    except ValueError as error:
        raise Unreachable("the address can’t be read") from error
    if not is_plain or not parts.hostname or parts.username is not None or not url.isascii():
        raise Unreachable("only http and https on their usual ports, without a name and a password")
    return parts


def _address(parts: SplitResult, until: float) -> str:
    """One address of the host, once all that it has have been looked at."""
    found: list[str] = []

    def look_up() -> None:
        try:
            known = socket.getaddrinfo(parts.hostname, None, type=socket.SOCK_STREAM)
        except OSError:
            return
        found.extend(str(each[4][0]) for each in known)

    # The resolver knows no deadline of ours.
    asking = threading.Thread(target=look_up, daemon=True)
    asking.start()
    asking.join(_left(until))
    addresses = tuple(found)
    if not addresses:
        raise Unreachable(f"{parts.hostname}: there is no such server")
    if not all(map(is_open_internet, addresses)):
        raise Unreachable(f"{parts.hostname}: not a server of the open internet")
    return addresses[0]


def is_open_internet(address: str) -> bool:
    """Whether an IP address is one that anybody can reach: not ours, not a neighbour's, not a way around."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address) and (
        ip.ipv4_mapped or ip.sixtofour or ip.teredo or ip in _NAT64
    ):
        return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def _connection(parts: SplitResult, address: str, until: float) -> http.client.HTTPConnection:
    """Connected to this very address, under the host's name."""
    connection = http.client.HTTPConnection(parts.hostname or "", _PORTS[parts.scheme])
    try:
        reached = socket.create_connection((address, _PORTS[parts.scheme]), _left(until))
        if parts.scheme == "https":
            reached.settimeout(_left(until))
            reached = ssl.create_default_context().wrap_socket(
                reached, server_hostname=parts.hostname
            )
    except OSError as error:
        raise Unreachable(f"{parts.hostname}: {error!r}") from error
    connection.sock = reached
    return connection


def _cut(reached: socket.socket) -> None:
    """End a connection whose time is over: a server that sends a byte now and then never meets a time-out."""
    with suppress(OSError):  # it may have ended by itself
        socket.socket.shutdown(reached, socket.SHUT_RDWR)


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise Unreachable("there was no answer in time")
    return left
