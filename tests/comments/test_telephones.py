"""Which numbers in a comment are telephone numbers: those that somebody could dial, however they are written."""

from __future__ import annotations

import time

import phonenumbers
import pytest
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from shop.blueprints.comments.judging.checks.telephones import telephone_number
from shop.blueprints.comments.judging.folding import fold_text

GENRE = (
    "NG",
    "GH",
    "BJ",
    "TG",
    "CM",
    "CI",
    "ZA",
    "KE",
    "US",
    "GB",
    "IN",
    "DE",
    "FR",
    "AU",
    "AE",
    "RU",
)
AT_HOME = (
    "NG",
    "GH",
    "ZA",
    "KE",
    "US",
    "GB",
    "IN",
    "DE",
    "AT",
    "CH",
    "FR",
    "ES",
    "IT",
    "NL",
    "AU",
    "RU",
    "PL",
)


def mobile(region):
    return phonenumbers.example_number_for_type(region, PhoneNumberType.MOBILE)


@pytest.mark.parametrize("region", GENRE)
def test_a_number_with_its_country_is_found_however_it_is_written(region):
    number = phonenumbers.format_number(mobile(region), PhoneNumberFormat.E164)
    groups = phonenumbers.format_number(mobile(region), PhoneNumberFormat.INTERNATIONAL)
    for written in (
        number,
        number[1:],
        "00" + number[1:],
        groups,
        groups.replace(" ", ".").replace("-", "."),
        f"https://wa.me/{number[1:]}",
        f"api.whatsapp.com/send?phone={number[1:]}",
        number.translate({ord("0") + digit: 0x1D7CE + digit for digit in range(10)}),
    ):
        assert telephone_number(fold_text(f"Text him on {written} today")), written


@pytest.mark.parametrize("region", AT_HOME)
def test_a_number_as_it_is_written_at_home_is_found(region):
    written = phonenumbers.format_number(mobile(region), PhoneNumberFormat.NATIONAL)
    assert telephone_number(f"call {written}.") in written


@pytest.mark.parametrize(
    "text",
    [
        "call 787-466-5478",
        "call (302) 555-0134",  # given to nobody, and written like one
        "the lifeline is 1-800-273-8255.",
        "order: +2348012345678",
        "isbn 0306406153 or 08012345678",  # neither a book's nor near the word
    ],
)
def test_other_ways_to_write_one(text):
    assert telephone_number(text)


@pytest.mark.parametrize(
    "text",
    [
        "doi 10.1000/182123456789",
        "https://doi.org/10.1037/0003-066x.59.1.29",
        "isbn 978-3-16-148410-0",
        "isbn 0-306-40615-2",
        "isbn: 0062270451",
        "9783161484100 is the one to read",
        "order 2026110112345",
        "my order number was 20261122-000417",
        "order no. 5551234567",
        "114-1234567-1234567",
        "tracking number 00340434161094021501",
        "https://photos.example/p/5559871234567",
        "facebook.com/photo.php?fbid=543627485763966&amp;set=a",
        "example.com/frustrated/dp/0062270451",
        "1914-1918 and 1939-1945",
        "2024-01-02 10:30",
        "01.02.2024 10:30",
        "203.0.113.199",
        "1 884 034 783 views",
        "1000000000 views",
        "4111 1111 1111 1111",
        "3.14159265358979",
    ],
)
def test_the_number_of_something_else_is_none(text):
    assert telephone_number(text) == ""


def test_redos():
    for piece in ("9", "1-", "a-", "a.b.", "1 ", "0151 2345678 ", "123456789 ", "http://a.b/"):
        text = (piece * 20_000)[:20_000]
        assert min(_seconds(text) for _ in range(3)) < 0.1, piece


def _seconds(text):
    """Of the processor, because others may be using it too."""
    began = time.thread_time()
    telephone_number(text)
    return time.thread_time() - began
