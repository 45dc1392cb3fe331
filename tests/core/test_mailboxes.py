"""One person's address is one string, and one mailbox is one mailbox."""

from __future__ import annotations

import pytest
from email_validator import validate_email
from hypothesis import example, given
from hypothesis import strategies as st
from wtforms import EmailField

from shop.core.mail.mailboxes import is_beyond_doubt, mailbox_of, normal_address, read_address
from shop.core.web.forms import Form, email_address


class EmailForm(Form):
    email = EmailField(**email_address())


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


DOUBTFUL = [
    "",
    "nobody",
    "@example.org",
    "ruth@org",
    ".ruth@example.org",
    "ru..th@example.org",
    "ruth@-example.org",
    "ruth@example-.org",
    "ruth@ex--ample.org",
    "ruth@xn--bcher-kva.example",
    "ruth@example.o",
    "ruth@example.c0m",
    "ruth@shop.test",
    "ruth@printer.local",
    "ruth@bücher.example",
    "ruth@example.org\n",
    "r" * 65 + "@example.org",
    "ruth@" + "b" * 64 + ".org",
    "ruth@" + "bb." * 90 + "org",
]


@pytest.mark.parametrize("address", DOUBTFUL)
def test_what_may_be_no_address_is_in_doubt(address):
    assert not is_beyond_doubt(address)


@given(
    st.from_regex(
        r"[a-z0-9._%+-]{1,66}@([a-z0-9-]{1,65}\.){1,5}(org|test|onion|testing|c0m|a)",
        fullmatch=True,
    )
)
@example("ruth.miller+shop@mail-2.example.org")
def test_what_is_beyond_doubt_is_an_address_as_the_library_writes_it(address):
    if is_beyond_doubt(address):
        assert validate_email(address, check_deliverability=False).normalized == address


def test_the_library_is_not_asked_of_what_most_people_type(app, monkeypatch):
    monkeypatch.delattr("email_validator.validate_email")
    with app.test_request_context(method="POST", data={"email": "Ruth.Miller@example.org"}):
        assert EmailForm().validate()


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
