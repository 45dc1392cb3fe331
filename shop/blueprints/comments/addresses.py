"""IP addresses as keyed hashes: one of the address, one of the network around it, so that a range can be muted.

The address itself is kept nowhere. A network is a /24, or a /48 of IPv6: what one customer commonly holds.
"""

from __future__ import annotations

from shop.core.secrets import tokens
from shop.core.web.networks import network_around

IPV4_PREFIX = 24
IPV6_PREFIX = 48


def address_key_of(address: str) -> str:
    """The hash under which an address is known again."""
    return tokens.fingerprint("comment-address", address)


def network_key_of(address: str) -> str:
    """The hash of the network around an address; nothing for what is not an address."""
    network = network_of(address)
    return tokens.fingerprint("comment-network", network) if network else ""


def network_of(address: str) -> str:
    """The network around an address, as `203.0.113.0/24` or `2001:db8:1::/48`; nothing for what is not an address."""
    return network_around(address, ipv4=IPV4_PREFIX, ipv6=IPV6_PREFIX)
