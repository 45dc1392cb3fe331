"""Writes the manual: hooks, points of pages, types, events and functions, each with all there is to know of it."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from textwrap import dedent
from typing import Any

from shop.plugins.drawing import slots
from shop.plugins.manual import examples
from shop.plugins.manual.sources import (
    Definition,
    Function,
    definition,
    fields,
    hooks_in,
    methods,
    module,
    names_in,
    parts_of,
    signature,
)

API = "shop.plugins.api"
FORMS = "shop.plugins.api.forms"
EVENTS = "shop.plugins.api.events"
EXAMPLE = "tests/example_plugin/bookstall_marginalia"

INTRODUCTION = f"""\
# The manual for plugin authors

Every hook, every point of a page, every type and every function that a plugin may use. It is made from the source by
`python -m shop.plugins.manual > docs/HOOKS.md`, and a test compares it with the source's signatures. How to write,
package and start a plugin is in [plugins.md](plugins.md).

Import everything from `{API}`, and events from `{EVENTS}`. The examples are parts of a plugin that the tests
install and run, `{EXAMPLE}/` in the source of Bookstall (the package that pip installs has it not). What an
example imports, and its constants, are left out.

What holds everywhere:

- **Money** is whole minor units of the currency (`_minor`): 14.00 EUR is 1400.
- **Rates** and percentages are thousandths of a percent: 19 % is 19000.
- **Moments** are aware `datetime` values in UTC. **Paths** begin with `/`.
- Text for people may be a lazy string of Flask-Babel.
- Something is changed inside a **unit of work** only, and may be read anywhere.

"""

SLOTS = """\
## Points of a page

Where a `Slot` may draw. Its `context` is called with the point's arguments by keyword, each time that the page is
made; for a point of a mail, once, when the mail is queued. A page that anyone may see is made once and kept, so
`context` says with `made_of` what the page shows now, and must not ask who the visitor is. When it fails, nothing is
drawn there (see the hook [`slots`](#slots)).

Arguments are frozen, and made for the page: none of them is a row of a table.
"""

FORMS_INTRODUCTION = f"""\
For pages that ask something. Import them from `{FORMS}`, and fields from WTForms. A form gives what was typed its
shape; rules stand in functions of yours, which raise `Refused`. A template draws it with the macros of
`_parts/forms.html`: `error_summary(form)`, `field(form.name)`, `checkbox(form.name)` and `submit("Send")`. No form
needs a token: one that another site sends is refused before your view is called.
"""

EVENTS_INTRODUCTION = f"""\
What the features that ship say has happened. Import them from `{EVENTS}`, and yield a `Subscriber` from the hook
[`subscribers`](#subscribers), where there is an example. An event carries ids, because it is delivered after the
commit, and perhaps hours later: look up how things are then, with `article`, `product`, `order`, `comment` or
`look_up`. For what none of these finds (a message, a parcel, a subscriber of the newsletter) the id only tells one
from another. Events of a feature that is off are never published.
"""


def manual() -> str:
    """The whole of `docs/HOOKS.md`."""
    types: list[Definition] = []
    functions: list[Definition] = []
    for each in (definition(API, name) for name in names_in(API)):
        (types if each.name[0].isupper() else functions).append(each)
    forms = [definition(FORMS, name) for name in names_in(FORMS)]
    events = [definition(EVENTS, name) for name in names_in(EVENTS)]
    return INTRODUCTION + "\n".join(
        [
            *_contents(types, forms, events, functions),
            *_hooks(),
            *_points(),
            "## Types\n",
            *_entries(types),
            "## Forms\n",
            FORMS_INTRODUCTION,
            *_entries(forms),
            "## Public events\n",
            *_events(events),
            "## Functions and names\n",
            *_entries(functions),
        ]
    )


def hook_names() -> list[str]:
    """Every hook, in the order in which they are written."""
    return names_in("shop.plugins.hookspecs")


def _contents(*groups: Sequence[Definition]) -> Iterator[str]:
    headings = ("Types", "Forms", "Public events", "Functions and names")
    links = ", ".join(f"[`{name}`](#{name})" for name in hook_names())
    yield f"[Hooks](#hooks): {links}\n"
    points = ", ".join(f"[`{name}`](#{name.replace('.', '')})" for name in slots.POINTS)
    yield f"[Points of a page](#points-of-a-page): {points}\n"
    for heading, group in zip(headings, groups, strict=True):
        links = ", ".join(f"[`{each.name}`](#{each.name.lower()})" for each in group)
        yield f"[{heading}](#{heading.lower().replace(' ', '-')}): {links}\n"


# Hooks


def _hooks() -> Iterator[str]:
    yield "## Hooks\n"
    yield "Each is called once, when the application starts; what it yields is used from then on.\n"
    source = module("shop.plugins.hookspecs")
    for name, node in hooks_in(source):
        doc = parts_of(ast.get_docstring(node) or "")
        assert node.returns is not None  # noqa: S101
        head = f"def {name}({ast.unparse(node.args)}) -> {ast.unparse(node.returns)}"
        yield f"### {name}\n"
        yield _code(head)
        yield f"{doc.text}\n"
        for section, title in (("Called", "When it is called."), ("Failure", "When it fails.")):
            yield f"**{title}** {_joined(doc.sections[section])}\n"
        yield from _example(examples.of_hook(name))


def _example(pieces: Sequence[examples.Piece]) -> Iterator[str]:
    files = " and ".join(dict.fromkeys(f"`{piece.file}`" for piece in pieces))
    yield f"Example, from {files}:\n"
    yield _code("\n\n\n".join(piece.code for piece in pieces))


# Points of pages


def _points() -> Iterator[str]:
    yield SLOTS
    for name, point in slots.POINTS.items():
        yield f"### `{name}`\n"
        yield f"{point.where}\n"
        for argument, kind in point.arguments.items():
            yield f"- `{argument}`: {_linked(kind)}\n"
        if not point.arguments:
            yield "No arguments.\n"
        yield from _drawn_there(name)


def _linked(kind: type[Any]) -> str:
    """A type by its name, with a link to it where it is one of ours."""
    name = kind.__name__
    return f"`{name}`" if kind.__module__ == "builtins" else f"[`{name}`](#{name.lower()})"


def _drawn_there(point: str) -> Iterator[str]:
    """The line of the example plugin that draws there, or of a feature that ships."""
    for source in examples.hook_files():
        for call in ast.walk(source.tree):
            match call:
                case ast.Call(func=ast.Name(id="Slot"), args=[ast.Constant(value=value), *_]):
                    if value == point:
                        yield f"Example, from `{source.path.parent.name}/{source.path.name}`:\n"
                        yield _code(f"yield {ast.get_source_segment(source.text, call)}")
                        return


# Types and functions


def _entries(found: Iterable[Definition]) -> Iterator[str]:
    for each in found:
        yield f"### {each.name}\n"
        if isinstance(each.node, ast.ClassDef):
            yield from _class(each, each.node)
        elif isinstance(each.node, Function):
            yield _code(signature(each.source, each.node, each.name))
            yield from _said(each.doc)
        else:
            yield _code(each.source.segment(each.node))
            yield from _said(each.doc)
        yield from _use(each.name)


def _class(found: Definition, node: ast.ClassDef) -> Iterator[str]:
    bases = ", ".join(ast.unparse(base) for base in node.bases)
    lines = [f"@{ast.unparse(each)}" for each in node.decorator_list]
    lines.append(f"class {node.name}({bases}):" if bases else f"class {node.name}:")
    lines += [
        f"    {line}" for each in fields(node) for line in found.source.segment(each).splitlines()
    ]
    for method in methods(node):
        head = signature(found.source, method)
        lines += ["", *(f"    {line}" for line in head.splitlines())]
        lines[-1] += ": ..."
    if not (fields(node) or methods(node)):
        lines[-1] += " ..."
    yield _code("\n".join(lines))
    yield from _said(found.doc)
    for method in methods(node):
        if method.name != "__init__":
            yield from _method(method)


def _method(node: Function) -> Iterator[str]:
    doc = parts_of(ast.get_docstring(node) or "")
    raises = "".join(f" Raises `{name}`: {words}" for name, words in doc.items("Raises").items())
    yield f"- `{node.name}`: {_joined(doc.text)}{raises}\n"


def _said(text: str) -> Iterator[str]:
    doc = parts_of(text)
    yield f"{doc.text}\n"
    for section in ("Attributes", "Args"):
        for name, words in doc.items(section).items():
            yield f"- `{name}`: {words}"
        if section in doc.sections:
            yield ""
    for name, words in doc.items("Raises").items():
        yield f"Raises `{name}`: {words}\n"


def _use(name: str) -> Iterator[str]:
    piece = examples.of_name(name)
    if piece.hook:
        yield f"Example: at the hook [`{piece.hook}`](#{piece.hook}).\n"
        return
    where = f"`{piece.file}`, a method of `{piece.inside}`" if piece.inside else f"`{piece.file}`"
    yield f"Example, from {where}:\n"
    yield _code(piece.code)


def _events(found: Iterable[Definition]) -> Iterator[str]:
    yield EVENTS_INTRODUCTION
    for each in found:
        yield f"### {each.name}\n"
        yield f"Published by `{each.source.path.stem}`.\n"
        assert isinstance(each.node, ast.ClassDef)  # noqa: S101
        yield from _class(each, each.node)


def _joined(text: str) -> str:
    return " ".join(text.split())


def _code(text: str) -> str:
    return f"```python\n{dedent(text).strip()}\n```\n"
