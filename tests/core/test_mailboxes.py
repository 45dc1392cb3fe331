"""One person's address is one string, and one mailbox is one mailbox."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.core.mail.mailboxes import mailbox_of, normal_address, read_address


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("ruth@example.org", "ruth@example.org"),
        (" Ruth@Example.ORG ", "ruth@example.org"),
        ("ruth@BÜCHER.example", "ruth@bücher.example"),
        ("ruth@xn--bcher-kva.example", "ruth@bücher.example"),
        ("ruth@bu\u0308cher.example", "ruth@bücher.example"),
        ("\uff52uth@example.org", "ruth@example.org"),
        ("ruth@example\u3002org", "ruth@example.org"),
        ("ruth\uff20example.org", "ruth@example.org"),
    ],
)
def test_an_address_is_written_in_one_way(typed, address):
    assert read_address(typed) == normal_address(typed) == address


@pytest.mark.parametrize(
    "typed", ["", "nobody", "a@b@c.org", "a@", "@b.org", "a b@c.org", "a@\x00"]
)
def test_what_is_no_address_is_said_to_be_none(typed):
    assert read_address(typed) is None


@given(st.text(max_size=40))
def test_an_address_that_was_written_once_stays_as_it_is(text):
    for typed in (text, f"{text}@example.org", f"ruth@{text}.example"):
        address = read_address(typed)
        if address is not None:
            assert normal_address(address) == address


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("ruth@example.org", "ruth+shop@example.org"),
        ("ruth.miller@gmail.com", "RuthMiller+1@googlemail.com"),
        ("ruth.miller@proton.me", "ruth-mil_ler@protonmail.com"),
        ("ruth@me.com", "ruth@icloud.com"),
        ("ruth-m@yandex.ru", "ruth.m@ya.ru"),
    ],
)
def test_addresses_of_one_mailbox_count_as_one(first, second):
    assert mailbox_of(first) == mailbox_of(second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("ruth@example.org", "ruth@example.net"),
        ("ruth.miller@example.org", "ruthmiller@example.org"),
        ("+a@example.org", "+b@example.org"),
        ("...@gmail.com", "....@gmail.com"),
    ],
)
def test_addresses_of_two_mailboxes_count_as_two(first, second):
    assert mailbox_of(first) != mailbox_of(second)
