"""Plain text that people and addresses give us."""

from __future__ import annotations

import string
import sys
import unicodedata
from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slugify import slugify as as_slug

from shop.core import text
from shop.core.text import as_number, as_numbers, fit_for_xml, slugify


@pytest.mark.parametrize(("said", "number"), [("0", 0), ("12", 12), ("9" * 15, 10**15 - 1)])
def test_digits_are_a_number(said, number):
    assert as_number(said) == number


@pytest.mark.parametrize("said", ["", "-1", "1.5", " 1", "1e3", "٣", "²", "0x1", "9" * 16])
def test_anything_else_is_none(said):
    assert as_number(said) is None


def test_what_was_ticked_counts_once_and_in_order():
    assert as_numbers(["12", "3", "x", "12", ""]) == [3, 12]


def test_what_xml_cannot_hold_is_left_out_and_everything_else_kept():
    held = "a\tb\nc é 中 😀 <&>"
    assert fit_for_xml(f"\x00\x0b{held}\ud800\ufffe\x1f") == held


@given(st.text(string.ascii_letters + string.digits + " .?!:;()\"-'&,#éß’–", max_size=79))
def test_plain_words_make_the_same_slug_as_all_others(value):
    assert slugify(value) == as_slug(value, max_length=80, word_boundary=True)


def test_each_letter_that_is_near_to_ours_is_written_as_the_library_of_all_scripts_does():
    near = [range(0x20, 0x250), range(0x1E00, 0x1F00), range(0x2000, 0x2070), range(0xFF00, 0xFF5F)]
    words = [f"A{chr(each)}b 1{chr(each)}2;" for part in near for each in part]
    words += [word.rstrip(";") for word in words]
    theirs = [as_slug(word, max_length=80, word_boundary=True) for word in words]
    assert [slugify(word) for word in words] == theirs


def test_a_title_in_latin_letters_needs_no_tables_of_other_scripts(monkeypatch):
    monkeypatch.setitem(sys.modules, "slugify", None)
    title = "“Æon’s” Käse & straße – 1,000 years, Łódź"
    assert slugify(title) == "aeons-kase-strasse-1000-years-lodz"


def test_the_written_out_characters_are_those_of_unicodes_categories():
    # Where these categories are, and what lies around: all characters take a second.
    begins_and_ends = [(0, 0x3000), (0xD700, 0xFB00), (0xEFFF0, 0xF0010), (0xFFFF0, 0x100010)]
    places = [*begins_and_ends, (0x10FFF0, sys.maxunicode + 1)]
    every = "".join(chr(number) for place in places for number in range(*place))
    by_category = defaultdict(set)
    for character in every:
        by_category[unicodedata.category(character)].add(character)
    controls, surrogates = by_category["Cc"], by_category["Cs"]
    left_out = (controls | surrogates | by_category["Co"]) - {"\n", "\t"}
    assert set(text._NOT_TEXT.findall(every)) == left_out
    ends_line = controls | surrogates | by_category["Zl"] | by_category["Zp"]
    assert set(text._NEVER_IN_A_LINE.findall(every)) == ends_line
