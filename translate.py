#!/usr/bin/env python3
"""Keep the catalogs of the interface's languages (`shop/translations/`) up to date with the code.

    .venv/bin/python translate.py update            collect the strings; new ones wait for a translation
    .venv/bin/python translate.py missing de        print what waits, as JSON
    .venv/bin/python translate.py merge de FILE     take translations from JSON of the same shape
    .venv/bin/python translate.py check             say what is missing or wrong in any catalog

The JSON is a list of objects: `id`, for a counted string `plural`, and `text`, which is a list where there is a plural:
one form after the other, as the language counts (`nplurals` in the head of its catalog).
"""

from __future__ import annotations

import argparse
import io
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po
from jinja2.ext import babel_extract

ROOT = Path(__file__).parent
TRANSLATIONS = ROOT / "shop" / "translations"
MARKS: dict[str, Any] = dict.fromkeys(("_", "_l", "gettext", "lazy_gettext", "first_words")) | {
    "ngettext": (1, 2),
    "lazy_ngettext": (1, 2),
}
JINJA = {
    "silent": "false",  # else a template that it can't read would seem to have no strings
    "newstyle_gettext": "true",
    "extensions": "jinja2.ext.i18n,shop.templating.fragments.FragmentTag",
}
_PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\{[^}]*\}\}|\{\w*\}|</?\w+[^>]*>")
_ANY_MARK = (b"_(", b"_l(", b"gettext(", b"first_words(")
_COUNT = {"%(num)d", "%(num)s"}
_NOISE = re.compile(
    r'^"(?:POT-Creation-Date|PO-Revision-Date|Generated-By|Report-Msgid-Bugs-To|Last-Translator|Language-Team):.*\n',
    re.MULTILINE,
)


def main(argv: Sequence[str]) -> int:
    arguments = _parse(argv)
    if arguments.command == "update":
        for locale in locales():
            write(locale, updated(load(locale), collected()))
        return 0
    if arguments.command == "missing":
        print(json.dumps(missing(load(arguments.locale)), ensure_ascii=False, indent=1))
        return 0
    if arguments.command == "merge":
        given = json.loads(arguments.file.read_text("utf-8"))
        return _merge(arguments.locale, given)
    faults = [f"{locale}: {fault}" for locale in locales() for fault in wrong(load(locale))]
    print("\n".join(faults) or "All catalogs are complete.")
    return 1 if faults else 0


def _parse(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="translate.py", description=(__doc__ or "").split("\n")[0]
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("update", help="collect the strings of the code")
    commands.add_parser("check", help="say what is missing or wrong")
    waiting = commands.add_parser("missing", help="print what waits for a translation, as JSON")
    waiting.add_argument("locale", choices=locales())
    merging = commands.add_parser("merge", help="take translations from a JSON file")
    merging.add_argument("locale", choices=locales())
    merging.add_argument("file", type=Path)
    return parser.parse_args(argv)


def locales() -> list[str]:
    """The languages that have a catalog."""
    return sorted(path.parent.parent.name for path in TRANSLATIONS.glob("*/LC_MESSAGES/*.po"))


def catalog_path(locale: str) -> Path:
    return TRANSLATIONS / locale / "LC_MESSAGES" / "messages.po"


def load(locale: str) -> Catalog:
    with catalog_path(locale).open("rb") as file:
        return read_po(file, locale=locale)


def write(locale: str, catalog: Catalog) -> None:
    """In order, and without lines of code or dates, so that a change shows only itself."""
    text = io.BytesIO()
    write_po(text, catalog, width=0, no_location=True, sort_output=True, ignore_obsolete=True)
    catalog_path(locale).write_text(_NOISE.sub("", text.getvalue().decode("utf-8")), "utf-8")


@cache
def collected(folder: Path = ROOT / "shop") -> Catalog:
    """Every string of the code and of the templates of a package that is marked for translation."""
    catalog = Catalog()
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".py":
            found = _strings_in(path, "python", {})
        elif path.suffix in (".html", ".txt") and "templates" in path.relative_to(ROOT).parts[:-1]:
            found = _strings_in(path, babel_extract, JINJA)
        else:
            continue
        for message in found:
            catalog.add(message)
    return catalog


def _strings_in(path: Path, method: Any, options: dict[str, str]) -> Iterator[Any]:
    if "scaffold" in path.parts:  # the package of a new plugin, which has a catalog of its own
        return
    text = path.read_bytes()
    if not any(mark in text for mark in _ANY_MARK):
        return
    for _line, message, _comments, _context in extract(
        method, io.BytesIO(text), MARKS, options=options
    ):
        if message:
            yield message


def updated(before: Catalog, strings: Catalog) -> Catalog:
    """A catalog of today's strings, with the translations that they have."""
    catalog = Catalog(
        locale=before.locale,
        project="Bookstall",
        version="",
        header_comment=before.header_comment,
        fuzzy=False,
    )
    for message in strings:
        if message.id:
            known = before.get(_first(message))
            # A string that is counted now, or no longer, needs other words.
            is_same = known is not None and bool(known.pluralizable) == bool(message.pluralizable)
            catalog.add(
                message.id, known.string if known and is_same else _nothing(message, catalog)
            )
    return catalog


def missing(catalog: Catalog) -> list[dict[str, Any]]:
    """What waits for a translation, as the file format of `merge`."""
    return [_as_json(message) for message in _messages(catalog) if not _is_translated(message)]


def _as_json(message: Message) -> dict[str, Any]:
    if message.pluralizable:
        singular, plural = message.id[0], message.id[1]
        return {"id": singular, "plural": plural, "text": _forms(message)}
    return {"id": message.id, "text": _forms(message)[0]}


def _merge(locale: str, given: list[dict[str, Any]]) -> int:
    """Take what is right, and say what is not."""
    catalog = load(locale)
    refused = 0
    for each in given:
        message = catalog.get(each["id"])
        before = message.string if message else None
        if message is not None and each["text"]:
            text = each["text"]
            message.string = tuple(text) if isinstance(text, list) else text
        faults = ["is not a string of ours"] if message is None else list(_faults(message, catalog))
        if faults:
            refused += 1
            print(f"{each['id']!r} {'; '.join(faults)}", file=sys.stderr)
            if message is not None:
                message.string = before
    write(locale, catalog)
    print(f"{len(given) - refused} taken, {refused} refused, {len(missing(catalog))} missing.")
    return 1 if refused else 0


def wrong(catalog: Catalog) -> list[str]:
    """What keeps a catalog from being whole: strings of today that have no translation, and translations that lost a
    placeholder, a tag or a plural form.
    """
    messages = {_first(message): message for message in _messages(catalog)}
    today = {_first(message) for message in _messages(collected())}
    return [
        *(f"{text!r} is not in the catalog" for text in sorted(today - messages.keys())),
        *(f"{text!r} is in the code no more" for text in sorted(messages.keys() - today)),
        *(
            f"{text!r} {fault}"
            for text, message in sorted(messages.items())
            for fault in _faults(message, catalog)
        ),
    ]


def _faults(message: Message, catalog: Catalog) -> Iterator[str]:
    if message.fuzzy:
        yield "is only guessed"
    if not _is_translated(message):
        yield "is not translated"
        return
    forms = _forms(message)
    if len(forms) != (catalog.num_plurals if message.pluralizable else 1):
        yield f"has {len(forms)} forms"
    # A form for one or two may say the number in words.
    needed = _holes(message.id[1] if message.pluralizable else str(message.id))
    may_go = _COUNT if message.pluralizable else set()
    for form in forms:
        if not set(needed - _holes(form)) <= may_go or _holes(form) - needed:
            yield f"lost or gained a placeholder in {form!r}"


def _holes(text: str) -> Counter[str]:
    return Counter(_PLACEHOLDER.findall(text.replace("%%", "")))


def _messages(catalog: Catalog) -> Iterator[Message]:
    return (message for message in catalog if message.id)


def _first(message: Message) -> str:
    return str(message.id[0] if message.pluralizable else message.id)


def _nothing(message: Message, catalog: Catalog) -> str | tuple[str, ...]:
    return ("",) * catalog.num_plurals if message.pluralizable else ""


def _is_translated(message: Message) -> bool:
    return all(_forms(message))


def _forms(message: Message) -> list[str]:
    """The translations of a message: one, or one for each plural form."""
    text = message.string
    return [text] if isinstance(text, str) else list(text or [""])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
