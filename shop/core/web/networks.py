"""IP addresses: how a visitor's is read, and which of them count as one.

A proxy may hand over an address with a port, in brackets, with a zone, or an IPv4 one written as IPv6. And of IPv6 a
customer has at least a /64, so that a limit for each single address would be none.
"""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING

from shop.extensions import NETWORK

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

ONE_CUSTOMER = 64
"""Bits of an IPv6 address that stand for one customer (RFC 6177, 2: at least a /64 for each)."""

_WITH_PORT = re.compile(r"\[(?P<six>[^\]]+)\](?::\d+)?|(?P<four>[\d.]+):\d+", re.ASCII)


def read_network_address(given: str | None) -> Address | None:
    """The address alone: without brackets, port and zone, and as IPv4 where it is one. None for what is no address."""
    given = (given or "").strip()
    with_port = _WITH_PORT.fullmatch(given)
    if with_port:
        given = with_port["six"] or with_port["four"]
    try:
        address = ipaddress.ip_address(given.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address


def network_around(given: str | None, *, ipv4: int = 32, ipv6: int = ONE_CUSTOMER) -> str:
    """The network of so many bits that an address lies in: `203.0.113.0/24`; a whole IPv4 address is written alone.
    Empty for what is no address.
    """
    address = read_network_address(given)
    return _around(address, ipv4 if address.version == 4 else ipv6) if address else ""


def _around(address: Address, bits: int) -> str:
    beyond = address.max_prefixlen - bits
    if not beyond:
        return str(address)
    # The library makes a network of it in five times as long, and each request over IPv6 asks for one.
    return f"{type(address)(int(address) >> beyond << beyond)}/{bits}"


class PlainAddress:
    """WSGI: for everything behind, `REMOTE_ADDR` is an address and nothing else, whatever a proxy made of it, and
    `shop.extensions.NETWORK` is what counts as one visitor.
    """

    def __init__(self, behind: WSGIApplication) -> None:
        self._behind = behind

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        address = read_network_address(environ.get("REMOTE_ADDR"))
        if address is not None:
            environ["REMOTE_ADDR"] = str(address)
            environ[NETWORK] = network_around(str(address))
        return self._behind(environ, start_response)
