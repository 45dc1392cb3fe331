"""Rules that look first for what a pattern needs find what the pattern alone finds."""

import random
import re
import re._constants as kinds
import re._parser as parser

import pytest

from shop.blueprints.comments.judging.checks import contacts, links, testimonials
from shop.blueprints.comments.judging.words import addresses
from shop.blueprints.comments.judging.words.numbers import vocabulary_of
from shop.blueprints.comments.judging.words.sieve import Sieve

SIEVES = {
    "helper": testimonials._HELPER,
    "miracle": testimonials._MIRACLE,
    "invitation": links._INVITATION,
    "messenger": contacts._MESSENGER,
    "get in touch": contacts._GET_IN_TOUCH,
    "service": addresses._AT_SERVICE,
}
WORDS = {
    "request": (contacts._WRITE_TO, contacts._WRITING),
    "handle": (contacts._HANDLE_AFTER, contacts._SERVICES),
}
MADE_OF_EACH = 400


@pytest.mark.parametrize("name", [*SIEVES, *WORDS])
def test_whatever_a_pattern_finds_has_what_is_looked_for_first(name):
    chance = random.Random(name)
    pattern = SIEVES[name].pattern if name in SIEVES else WORDS[name][0]
    tree = parser.parse(pattern.pattern, pattern.flags)
    made = {_made(tree, chance) for _each in range(MADE_OF_EACH)}
    found = [text for text in made if pattern.search(text)]
    assert len(found) > 20
    assert [text for text in found if not _is_let_through(name, text)] == []


def test_a_pattern_is_not_asked_where_nothing_of_it_is():
    sieve = Sieve(re.compile("."), ("needed",))
    assert sieve.search("nothing") is None
    assert sieve.search("all that is needed")


def _is_let_through(name, text):
    if name in SIEVES:
        return SIEVES[name].may_match(text)
    return not WORDS[name][1].isdisjoint(vocabulary_of(text))


def _made(tree, chance):
    """A text that fits a parsed pattern, but for what it may not stand beside."""
    return "".join(_part(kind, given, chance) for kind, given in tree)


def _part(kind, given, chance):
    if kind is kinds.LITERAL:
        return chr(given)
    if kind is kinds.IN:
        return _one_of(given, chance)
    if kind is kinds.BRANCH:
        return _made(chance.choice(given[1]), chance)
    if kind is kinds.SUBPATTERN:
        return _made(given[3], chance)
    if kind is kinds.MAX_REPEAT:
        fewest, most, repeated = given
        times = chance.randint(fewest, min(most, fewest + 3))
        return "".join(_made(repeated, chance) for _time in range(times))
    return ""


def _one_of(given, chance):
    kind, value = chance.choice(given)
    if kind is kinds.LITERAL:
        return chr(value)
    if kind is kinds.RANGE:
        return chr(chance.randint(*value))
    return {kinds.CATEGORY_SPACE: " ", kinds.CATEGORY_DIGIT: "7"}.get(value, "a")
