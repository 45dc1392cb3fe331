"""Where a request comes from, whatever a proxy makes of it."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given as each_of
from hypothesis import strategies as st

from shop.core.web.networks import network_around, read_network_address


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("203.0.113.7:4711", "203.0.113.7"),
        (" 203.0.113.7 ", "203.0.113.7"),
        ("2001:db8::1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[2001:db8::1]:4711", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("[::ffff:203.0.113.7]:4711", "203.0.113.7"),
    ],
)
def test_an_address_is_an_address_alone(given, address):
    assert str(read_network_address(given)) == address


@pytest.mark.parametrize(
    "given", [None, "", "unknown", "localhost", "1.2.3", "[]:1", "::1::2", "x" * 999]
)
def test_what_is_no_address_is_none(given):
    assert read_network_address(given) is None
    assert network_around(given) == ""


def test_addresses_of_one_ipv6_customer_are_one_network():
    assert network_around("2001:db8:1:2::1") == network_around("[2001:db8:1:2:ffff::9]:443")
    assert network_around("2001:db8:1:2::1") != network_around("2001:db8:1:3::1")
    assert network_around("203.0.113.7") == "203.0.113.7"
    assert network_around("203.0.113.7", ipv4=24) == "203.0.113.0/24"


@each_of(st.ip_addresses(), st.integers(1, 32), st.integers(1, 128))
def test_a_network_is_written_as_the_library_writes_it(address, ipv4, ipv6):
    address = getattr(address, "ipv4_mapped", None) or address
    bits = ipv4 if address.version == 4 else ipv6
    written = str(ipaddress.ip_network((address, bits), strict=False))
    whole = f"/{address.max_prefixlen}"
    assert network_around(str(address), ipv4=ipv4, ipv6=ipv6) == written.removesuffix(whole)
