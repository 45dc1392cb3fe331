"""Every text that a person reads is marked for translation. What only a terminal or a log shows is English."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

from shop.templating.fragments import FragmentTag

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "shop" / "templates"

READ_OUT = {"alt", "title", "placeholder", "label", "summary", "aria-label", "aria-description"}
MARKS = {"_", "gettext", "ngettext"}
CODE = {"script", "style", "code", "kbd", "svg"}
SAME_EVERYWHERE = {"UTC", "CSV", "JSON", "PDF", "ms", "light dark"}
EXAMPLES = {"admin/plugins/blocks.html"}
"""Shows pieces of templates to those who write plugins."""
HOLE = "\ue000"
"""Stands for what an expression prints."""
GLUED = re.compile(HOLE + r"(?:#\w+)?")
"""What an expression prints, with the part of a page that an address may end in."""
CLASSES = re.compile(r"(?:^|_)class(?:es)?$")
"""Names of blocks and macros that say which classes an element has."""
WORD = re.compile(r"[A-Za-z]{2}")
NAMES = {"rel", "autocomplete", "class_name", "key", "type", "aria-keyshortcuts"}
"""Arguments that are words of HTML."""

FOR_TERMINALS = (
    "cli.py",
    "shop/backups/",
    "shop/plugin_tools/",
    "shop/plugins/manual/",
    "shop/plugins/scaffold/",
    "shop/demo/",
    "shop/blueprints/health/",
    "shop/core/database/plain_rows.py",
    "shop/blueprints/exporters/format/layout.py",
    "shop/blueprints/orders/history.py",
    "shop/blueprints/comments/judging/learning/training.py",
    "shop/plugins/scaffolding.py",
    "shop/serving/__init__.py",
    "shop/serving/supervisor.py",
)
"""What only commands say."""
SHOWN_CALLS = re.compile(
    r"^(notify|flash|Refused|ValidationError|Required|\w*Field|SelectChoice|setting|custom_field|MailKind|Permission"
    r"|note|refuse|NavigationItem|AdminSection|Plugin|Crumb|SearchSource|PersonalData|Theme)$"
)
SHOWN_ARGUMENTS = frozenset(
    (
        "label",
        "help",
        "title",
        "description",
        "subject",
        "reason",
        "missing",
        "message",
        "hint",
        "choices",
    )
)
OWN_WORDS = {"Bookstall", "Words and wares", "A calm magazine with a small shop."}
"""What a new site calls itself, until its owner says it otherwise."""
SAYS_SOMETHING = re.compile(r"^[A-Z“][a-z]+[ ’.]|^[A-Z][a-z]+$|[a-z]+ [a-z]+ [a-z]+")


def test_no_text_of_a_template_is_unmarked():
    faults = [
        f"{path.relative_to(TEMPLATES)}:{line}: {text!r}"
        for path in templates()
        for line, text in unmarked(path.read_text("utf-8"), is_html=path.suffix == ".html")
    ]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("<p>Tea {{ _('or') }} {{ wine }}</p>", ["Tea"]),
        ('<img src="{{ it }}" alt="A cup of {{ tea }}">', ["A cup of"]),
        ('{{ button("Pour the tea") }}', ["Pour the tea"]),
        ('{{ notice("info", text="Tea is ready.") }}', ["Tea is ready."]),
        ('{% set title = "Tea" %}{{ _("Tea") }}', ["Tea"]),
        ("{% call box(_('Tea')) %}{% if a %}Sugar{% endif %}{% endcall %}", ["Sugar"]),
        ('<p class="tea">{{ _("Tea") }}: <code>tea</code> &middot; {{ name }}</p>', []),
    ],
)
def test_an_unmarked_text_of_a_template_is_found(source, found):
    """The control."""
    assert [text for _line, text in unmarked(source, is_html=True)] == found


def test_an_unmarked_line_of_a_plain_text_is_found():
    """The control."""
    source = '{% extends "email/base.txt" %}\n{% block content %}\nTea.\n{{ _("Tea") }}\n{% endblock %}\n'
    assert list(unmarked(source, is_html=False)) == [(3, "Tea.")]


def test_no_text_in_the_code_is_unmarked():
    faults = [
        f"{path.relative_to(ROOT)}:{line}: {text!r}"
        for path in modules()
        for line, text in unmarked_in_code(path.read_text("utf-8"))
    ]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize(
    "source",
    [
        "notify('Tea is ready.')",
        "raise Refused(f'No tea for {name}.')",
        "name = StringField('Tea', **one_line(80))",
        "kind: str = setting('green', 'Kind of tea')",
        "kind: str = setting('green', _l('Kind'), choices=[('s', 'Small'), ('l', _l('Large'))])",
        "SearchSource('tea', 'Teas', teas)",
        "button(label='Pour' if tea else _('Wait'))",
    ],
)
def test_an_unmarked_text_in_the_code_is_found(source):
    """The control."""
    assert len(list(unmarked_in_code(source))) == 1


def templates() -> list[Path]:
    return [
        path
        for path in sorted(TEMPLATES.rglob("*"))
        if path.suffix in (".html", ".txt") and str(path.relative_to(TEMPLATES)) not in EXAMPLES
    ]


@cache
def environment() -> Environment:
    return Environment(trim_blocks=True, lstrip_blocks=True, extensions=[FragmentTag])  # noqa: S701 - draws nothing


def unmarked(source: str, *, is_html: bool) -> Iterator[tuple[int, str]]:
    """(line, text) of what a template shows as it stands."""
    written = _without_expressions(source)
    texts = _Page.texts(written) if is_html else enumerate(written.split("\n"), 1)
    for line, text in texts:
        said = " ".join(GLUED.sub(" ", text).split())
        if WORD.search(said) and said.strip(" .#·") not in SAME_EVERYWHERE:
            yield line, said
    yield from _literals(environment().parse(source))


def _without_expressions(source: str) -> str:
    """What a template writes by itself, on its own lines."""
    written: list[str] = []
    before, is_class = "", False
    for _line, token, value in environment().lexer.tokeniter(source, None, None):
        if token == "data":
            written.append("\n" * value.count("\n") if is_class else value)
            continue
        if token == "name":
            if before in ("block", "macro"):
                is_class = CLASSES.search(value) is not None
            elif value in ("endblock", "endmacro"):
                is_class = False
            before = value
        if token == "variable_begin":
            # In the place of an element's name stands one.
            written.append("x" if written and written[-1].endswith(("<", "</")) else HOLE)
        written.append("\n" * value.count("\n"))
    return "".join(written)


class _Page(HTMLParser):
    """Collects the texts and the attributes that are read out."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[int, str]] = []
        self._in_code = 0

    @classmethod
    def texts(cls, written: str) -> list[tuple[int, str]]:
        page = cls()
        page.feed(written)
        page.close()
        return page.found

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_code += tag in CODE
        line = self.getpos()[0]
        self.found += [(line, value) for name, value in attrs if value and name in READ_OUT]

    def handle_endtag(self, tag: str) -> None:
        self._in_code -= tag in CODE

    def handle_data(self, data: str) -> None:
        if not self._in_code:
            self.found.append((self.getpos()[0], data))


def _literals(node: nodes.Node) -> Iterator[tuple[int, str]]:
    """Sentences and names in expressions, outside a mark."""
    for child in node.iter_child_nodes():
        if _is_mark(child) or (isinstance(child, nodes.Keyword) and child.key in NAMES):
            continue
        if isinstance(child, nodes.Const) and isinstance(child.value, str):
            if re.search(r"^[A-Z][a-z]+( |[.:…]?$)|[a-z] [a-z]+ [a-z]", child.value):
                yield child.lineno, child.value
            continue
        yield from _literals(child)


def _is_mark(node: nodes.Node) -> bool:
    return (
        isinstance(node, nodes.Call)
        and isinstance(node.node, nodes.Name)
        and node.node.name in MARKS
    )


def modules() -> list[Path]:
    return [
        path
        for path in sorted((ROOT / "shop").rglob("*.py"))
        if not any(place in str(path.relative_to(ROOT)) for place in FOR_TERMINALS)
    ]


def unmarked_in_code(source: str) -> Iterator[tuple[int, str]]:
    """(line, text) of literals that are handed to what shows them."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
        if name == "Option":  # of a command: what it is for is read in a terminal
            continue
        given = [*node.args] if SHOWN_CALLS.match(name) else []
        given += [each.value for each in node.keywords if each.arg in SHOWN_ARGUMENTS]
        for each in given:
            for text in _said(each):
                if SAYS_SOMETHING.search(text) and text not in OWN_WORDS:
                    yield each.lineno, text


def _said(node: ast.expr) -> Iterator[str]:
    """The text of a literal, an f-string or a choice between such."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(each.value if isinstance(each, ast.Constant) else " " for each in node.values)
    elif isinstance(node, ast.IfExp):
        yield from _said(node.body)
        yield from _said(node.orelse)
    elif isinstance(node, (ast.Tuple, ast.List)):
        is_choice = not any(isinstance(each, ast.Tuple) for each in node.elts)
        for each in node.elts[-1:] if is_choice else node.elts:  # a value, and what it is called
            yield from _said(each)
