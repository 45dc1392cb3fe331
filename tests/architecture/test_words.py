"""Plain words: what the interface says is read as a whole, and some words don't come back. See docs/glossary.md."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
from babel.messages.extract import extract
from jinja2.ext import babel_extract

ROOT = Path(__file__).parents[2]
SHOP = ROOT / "shop"
TEMPLATES = SHOP / "templates"
FIXED = "Thanks for contacting us! We'll get back to you as soon as possible."
"""Promised to the letter, apostrophe and all."""

MARKED = dict.fromkeys(("_", "_l", "gettext", "lazy_gettext")) | {"ngettext": (1, 2)}
MARKS = re.compile(rf"\b(?:{'|'.join(MARKED)})\(")
"""Most files mark nothing, and to take them apart would take as long as the others."""
SHOWN_CALLS = {
    "Refused",
    "ValidationError",
    "ConfigError",
    "PluginError",
    "Unwell",
    "echo",
    "setting",
}
SHOWN_ARGUMENTS = {
    "label",
    "help",
    "description",
    "subject",
    "reason",
    "title",
    "message",
    "missing",
}
NOT_SHOWN = {"prometheus_client", "Gauge", "Counter", "Histogram"}

A_PERSON = r"\b(?:he|him|his|himself)\b"
UNCLEAR = (
    A_PERSON,
    r"Fill this in",
    r"Order for nothing",
    r"selected that is not so already",
    r"Spoken against",
    r"More of it are promised",
    r"Left empty",
    r"^Besides",
    r", to be sure",
    r"Article number",
    r"^Maker$",
    r"Say how few",
    r"Of a hundred",
    r"^Learned from",
    r"^Words$",
    r"Present password",
    r"Who gets the parcel",
    r"another than yours",
)
"""Found hard to read by those who tried, and said otherwise since."""

NOT_OURS = (
    r"\beditions?\b",
    r"\b(?:some|any|every)body\b",
    r"\be-mails?\b",
    r"\bmails\b",
    r"\b(?:a|the|this|our|by|no) mail\b(?! server)",
    r"\b(?:a|the|this|our|no|more|all|new|next) letters?\b",
    r"\bledger\b",
    r"\bpieces?\b",
    r"\bpapers\b",
    r"\bthe shelf\b",
    r"\bstandfirst\b",
    r"\bre-scan\b",
    r"\bback office\b",
    r"\bdead letters?\b",
    r"\bnetwork address",
    r"\bthe way it came\b",
    r"\b(?:give|given|pay|paid) back\b",
    r"\bgo(?:es)? for good\b",
    r"\bmend\b",
    r"\bbegun\b",
    r"\bby itself\b",
    r"\bworked out\b",
    r"\bafresh\b",
    r"\banew\b",
    r"\blog(?:ged)? (?:in|out)\b",
)
"""The words on the right of docs/glossary.md, and some that a learner of English has to look up."""

IN_THE_CODE = (
    A_PERSON,
    r"\beditions?\b",
    r"\be-mails?\b",
    r"\bback office\b",
    r"\bnetwork address",
    r"\bways? to pay\b",
    r"\bquarrel",
    r"\bre-scan",
    r"\bthe rail\b",
    r"\bthe house\b",
    r"\bon the shelf\b",
    r"\bthrice\b",
)
"""Words that docstrings and comments do without, because docs/glossary.md has the field's word."""

STRAIGHT = r"\w'\w"


class Said(NamedTuple):
    """A text that a person reads, and where it stands."""

    place: str
    text: str


def test_the_interface_speaks_plainly():
    faults = [
        f"{said.place}: {said.text!r} has {found!r}"
        for said in interface()
        for found in unclear(said.text)
    ]
    assert not faults, "\n".join(faults)


def test_documents_speak_of_nobody_as_he_and_use_no_phrase_that_was_unclear():
    faults = [
        f"{path.relative_to(ROOT)}:{number}: {found[0]!r}"
        for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
        if path.name != "glossary.md"  # which names the words that are not used
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        for pattern in UNCLEAR
        if (found := re.search(pattern, line, re.IGNORECASE if pattern == A_PERSON else 0))
    ]
    assert not faults, "\n".join(faults)


def test_docstrings_and_comments_use_the_words_of_the_glossary():
    faults = [
        f"{path.relative_to(ROOT)}: {found!r} in {text!r}"
        for folder in (SHOP, ROOT / "bench")
        for path in sorted(folder.rglob("*.py"))
        for text in _remarks(path.read_text(encoding="utf-8"))
        for found in house_words(text)
    ]
    assert not faults, "\n".join(faults)


def test_a_house_word_is_found_in_docstrings_of_all_kinds_and_in_comments():
    """The control."""
    source = (
        '"""The back office."""\nLIMIT = 3\n"""Of editions."""\n'
        'def f():\n    """His way to pay."""\n    # the network address\n    return \'e-mail\'\n'
    )
    assert [house_words(text) for text in _remarks(source)] == [
        ["back office"],
        ["editions"],
        ["His", "way to pay"],
        ["network address"],
    ]


@pytest.mark.parametrize(
    "text",
    [
        "For a PDF. Each buyer gets a copy of his own.",
        "Fill this in.",
        "Nothing was selected that is not so already.",
        "You don't need an account.",
        "Add an edition",
        "We send you a mail.",
        "The money goes back the way it came.",
    ],
)
def test_an_unclear_text_is_found(text):
    """The control: without it, a pattern that matches nothing would pass."""
    assert unclear(text)


def test_the_texts_of_each_kind_are_read():
    """The control: texts of templates, forms, settings, emails, commands and errors are among those that are read."""
    texts = {said.text for said in interface()}
    assert len(texts) > 1000
    assert texts >= {
        "Skip to main content",
        "Enter your name.",
        "Owner’s email address",
        "Confirm your email address for {{ site.name }}",
        "Create the database and the first owner. Running it again changes nothing.",
        "This email has already been sent.",
    }


def unclear(text: str) -> list[str]:
    """What in a text of the interface is not said plainly."""
    patterns = [*UNCLEAR, *NOT_OURS, *([] if text == FIXED else [STRAIGHT])]
    plain = re.sub(r"%\(\w+\)[sd]|\{[^}]*\}|`[^`]*`", "", text)
    return [found[0] for each in patterns if (found := re.search(each, plain, re.IGNORECASE))]


def house_words(text: str) -> list[str]:
    """Words in a docstring or comment for which the glossary has another."""
    plain = re.sub(r"`[^`]*`", "", text)
    return [found[0] for each in IN_THE_CODE if (found := re.search(each, plain, re.IGNORECASE))]


def _remarks(source: str) -> Iterator[str]:
    """Every docstring (of attributes too) and comment of a module, in order."""
    begins_a_statement = True
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        is_docstring = token.type == tokenize.STRING and begins_a_statement
        if is_docstring or token.type == tokenize.COMMENT:
            yield " ".join(token.string.split())
        if token.type not in (tokenize.COMMENT, tokenize.NL):
            begins_a_statement = token.type in (tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT)


@cache
def interface() -> tuple[Said, ...]:
    """Every text of the interface: what is marked for translation, and what is shown without."""
    return tuple(_interface())


def _interface() -> Iterator[Said]:
    for path in sorted(SHOP.rglob("*.py")):
        if MARKS.search(path.read_text(encoding="utf-8")):
            yield from _marked(path, "python")
        yield from _shown(path)
    for path in sorted([*TEMPLATES.rglob("*.html"), *TEMPLATES.rglob("*.txt")]):
        yield from _marked(path, babel_extract)


def _marked(path: Path, method: object) -> Iterator[Said]:
    options = {
        "silent": "false",  # else a template that can't be read would seem to say nothing
        "newstyle_gettext": "true",
        "extensions": "jinja2.ext.i18n,shop.templating.fragments.FragmentTag",
    }
    with path.open("rb") as file:
        for line, message, _comments, _context in extract(method, file, MARKED, options=options):
            for text in [message] if isinstance(message, str) else message:
                if text:
                    yield Said(f"{path.relative_to(ROOT)}:{line}", text)


def _shown(path: Path) -> Iterator[Said]:
    """Texts of settings, kinds of mail, commands and errors that are plain literals."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        for literal in _literals(node):
            yield Said(f"{path.relative_to(ROOT)}:{literal.lineno}", _text(literal))


def _literals(node: ast.AST) -> list[ast.expr]:
    if isinstance(node, ast.FunctionDef) and node.name == "mail_kinds":
        words = ast.get_docstring(node, clean=False)
        constants = [each for each in ast.walk(node) if isinstance(each, ast.Constant)]
        return [each for each in constants if _text(each) and each.value != words]
    if isinstance(node, ast.FunctionDef):
        is_command = any("command" in ast.unparse(each) for each in node.decorator_list)
        first = node.body[0]
        return [first.value] if is_command and isinstance(first, ast.Expr) else []
    if not isinstance(node, ast.Call) or _name(node) in NOT_SHOWN:
        return []
    given = node.args if _name(node) in SHOWN_CALLS else []
    named = [each.value for each in node.keywords if each.arg in SHOWN_ARGUMENTS]
    return [each for each in [*given, *named] if _text(each)]


def _name(call: ast.Call) -> str:
    called = call.func
    return called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(each) for each in node.values)
    return ""
