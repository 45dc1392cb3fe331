"""Telephone numbers in a text, told from the many numbers that only look like one.

What may be one is found by its form. Whether it is one, the tables of Google's libphonenumber say: the country codes,
and how numbers are given out in each country. They are loaded with the first text that holds so many digits.
"""

from __future__ import annotations

import re
from itertools import islice

_DIGITS = re.compile(r"(?<!\d)(?<!\d-)(?:\+\s?)?\(?\d(?:[ ./()-]{0,2}\d){8,14}(?!-?\d)")
_ENOUGH_DIGITS = re.compile(r"\d(?:[ ./()-]{0,2}\d){8}")
_OTHER_FORMS = re.compile(
    r"(?:(?:19|20)\d\d\D{0,3}){2,4}"  # years
    r"|(?:19|20)\d\d([-./])\d\d?\1\d\d?\D.*"  # a date and what follows
    r"|\d\d?([-./])\d\d?\2(?:19|20)\d\d\D.*"
    r"|[1-9]\d{0,2}(?:[ .]\d{3}){2,5}"  # a count
    r"|\d{1,3}(?:\.\d{1,3}){3}"  # an address of the Internet Protocol
)
# In an address of the web, and in a DOI, a number is the name of a thing; but for addresses that open a chat.
_ADDRESS = re.compile(
    r"(?:https?://|\bwww\.|\b10\.\d{4,9}/|\b[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){0,3}\.[a-z]{2,10}/)\S+"
)
_OPENS_A_CHAT = re.compile(r"\bwa\.me/|whatsapp|\btel:|[?&]phone=")
_NAMED = re.compile(
    r"\b(?:order|invoice|ticket|tracking|parcel|reference|ref|customer|item|article|ean|issn|isbn|pmid|sku|vat|iban|doi|id"
    r"|account|booking|receipt|serial|model|part|case|docket|patent|licen[cs]e|zip|postcode|file|photo|picture|image|scan)\b"
    r"(?:[ -]?(?:no|nr|num|number|id|code)\b)?[ .:#]{0,3}(?:(?:is|was) )?$"
)
_NAME_LENGTH = 32
_OF_A_FILE = re.compile(r"\b(?:img|dsc|dscn|pxl|vid|mvi|wa|scan|image)[ _-]?$")
_FILE_ENDING = re.compile(r"[\w-]{0,20}\.(?:jpe?g|png|gif|heic|webp|pdf|mp[34]|mov|docx?|zip)\b")
_IN_GROUPS = re.compile(r"(?:1\D{1,2})?\(?\d{3}\D{1,2}\d{3}\D{1,2}\d{4}")
_MOST_LOOKED_AT = 20
_WITH_ZERO = ("GB", "NG", "ZA", "GH", "KE", "IN", "DE", "AT", "CH", "FR", "NL", "IT", "AU")
_WITHOUT_ZERO = ("US", "IN", "ES", "IT")
_IN_GROUPS_ALONE = ("RU", "PL", "BR", "MX", "CM", "SN")
"""Where a number without a country code is looked for: where many commenters and most testimonials' numbers live.

In some countries nearly every number of nine or ten digits is one, so that it must be written like one.
"""


def telephone_number(folded: str) -> str:
    """The first telephone number of a folded text, as it is there; empty when there is none."""
    if not _ENOUGH_DIGITS.search(folded) or not _DIGITS.search(folded):
        return ""
    text = _ADDRESS.sub(_chat_alone, folded)
    for found in islice(_DIGITS.finditer(text), _MOST_LOOKED_AT):
        before = text[max(0, found.start() - _NAME_LENGTH) : found.start()]
        if _OF_A_FILE.search(before) or _FILE_ENDING.match(text, found.end()):
            continue
        if _is_dialled(found[0], before):
            return found[0]
    return ""


def _chat_alone(address: re.Match[str]) -> str:
    return address[0] if _OPENS_A_CHAT.search(address[0]) else " "


def _is_dialled(written: str, before: str) -> bool:
    if _OTHER_FORMS.fullmatch(written):
        return False
    digits = re.sub(r"\D", "", written)
    if written.startswith("+"):
        return _is_possible(f"+{digits}")
    if _NAMED.search(before) or _is_isbn(digits, before):
        return False
    if _IN_GROUPS.fullmatch(written) and _is_possible(digits, "US"):
        return True
    abroad = f"+{digits.removeprefix('00')}"
    return _is_valid(abroad) or any(_is_valid(digits, region) for region in _regions(written))


def _regions(written: str) -> tuple[str, ...]:
    if written.lstrip("(").startswith("0"):
        return _WITH_ZERO
    return _WITHOUT_ZERO if written.isdecimal() else _WITHOUT_ZERO + _IN_GROUPS_ALONE


def _is_isbn(digits: str, before: str) -> bool:
    """Whether it is a book's. Ten digits could be both, so that someone must call them so."""
    from stdnum import isbn

    return isbn.is_valid(digits) and (len(digits) == 13 or "isbn" in before)


def _is_possible(number: str, region: str | None = None) -> bool:
    """Whether it has a country code, and as many digits as numbers have there."""
    import phonenumbers

    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(number, region))
    except phonenumbers.NumberParseException:
        return False


def _is_valid(number: str, region: str | None = None) -> bool:
    """Whether such numbers are given out."""
    import phonenumbers

    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(number, region))
    except phonenumbers.NumberParseException:
        return False
