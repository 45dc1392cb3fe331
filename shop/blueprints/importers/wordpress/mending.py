"""`--mend`: a damaged export made readable before it is read, with a note for each place.

Plugins write scripts into posts whose own `]]>` ends a section too early, editors leave control characters, a
database of another encoding leaves bytes that are no UTF-8, and a server warns at the beginning or breaks off.
WordPress fills an element with one section, so that its true end is known: it stands before the element's end tag.
"""

from __future__ import annotations

import contextlib
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from click import Option
from flask_babel import gettext as _
from flask_babel import ngettext

from shop.core import text
from shop.plugins.api import ImportReport

MOST_NOTES = 50
_SECTION = re.compile(r"<([\w:]{1,60})\b[^<>]*>\s*<!\[CDATA\[")
_BARE = re.compile(r"&(?!(?:#\d{1,7}|#x[0-9a-fA-F]{1,6}|amp|lt|gt|quot|apos);)")
_DECLARED = re.compile(rb"(<\?xml[^<>]*\bencoding\s*=\s*[\"'])([\w.-]{1,40})")
_ENCODING = re.compile(r"(<\?xml[^<>]*\bencoding\s*=\s*[\"'])([\w.-]{1,40})([\"'])")
_NOT_UTF8 = re.compile("[\udc80-\udcff]+")
_BEGINNING = re.compile(r"<\?xml\b|<rss\b")
_BROKEN = "]]]]><![CDATA[>"

option = Option(
    ["--mend"],
    is_flag=True,
    help="Repair a damaged file while it is read: sections that end too early, control characters, bad bytes.",
)


@contextmanager
def as_it_is(path: Path) -> Iterator[Path]:
    """The file itself."""
    yield path


@contextmanager
def mended(path: Path, report: ImportReport) -> Iterator[Path]:
    """A readable copy of a damaged file, gone afterwards. The report says what was mended in which line."""
    places = _Places(report)
    readable = _mend(path.read_bytes(), places)
    places.tell_rest()
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / path.name
        copy.write_text(readable, encoding="utf-8", newline="")
        yield copy


class _Places:
    """Notes by line, the first fifty one by one."""

    def __init__(self, report: ImportReport) -> None:
        self._report = report
        self._count = 0

    def add(self, before: str, what: str) -> None:
        """Something was mended after the text `before`."""
        self._count += 1
        if self._count <= MOST_NOTES:
            line = before.count("\n") + 1
            self._report.note(f"line {line}", what)

    def tell_rest(self) -> None:
        """How many further places there were."""
        if self._count > MOST_NOTES:
            self._report.note(
                _("file"),
                ngettext(
                    "%(num)d further place was mended",
                    "%(num)d further places were mended",
                    self._count - MOST_NOTES,
                ),
            )


def _mend(raw: bytes, places: _Places) -> str:
    written = _begun(_decoded(raw, places), places)
    legal = text.fit_for_xml(written)
    if len(legal) < len(written):
        for line, each in enumerate(written.split("\n"), start=1):
            if text.fit_for_xml(each) != each:
                places.add("\n" * (line - 1), _("control characters were removed"))
    return _ended("".join(_sections(legal, places)), places)


def _decoded(raw: bytes, places: _Places) -> str:
    """The text, whose declaration says how it is written afterwards: in UTF-8."""
    declared = _DECLARED.search(raw[:1000])
    if declared is not None and b"utf-8" not in declared[0].lower():
        with contextlib.suppress(LookupError, ValueError):
            written = raw.decode(declared[2].decode("ascii"))
            return _ENCODING.sub(r"\1UTF-8\3", written, count=1)
    written = raw.decode("utf-8-sig", errors="surrogateescape")
    for found in _NOT_UTF8.finditer(written):
        places.add(
            written[: found.start()], _("bytes that are not UTF-8 were read as Windows-1252")
        )
    return _NOT_UTF8.sub(
        lambda found: found[0].encode("utf-8", "surrogateescape").decode("cp1252", "replace"),
        written,
    )


def _begun(written: str, places: _Places) -> str:
    """The text from its first element on: plugins write blank lines and warnings before it."""
    start = _BEGINNING.search(written)
    if start is None or not start.start():
        return written
    if written[: start.start()].strip():
        places.add("", _("what stood before the beginning of the file was left out"))
    return written[start.start() :]


def _ended(written: str, places: _Places) -> str:
    """The text with an end, where a server broke off: the items that are whole stay."""
    if written.rstrip().endswith("</rss>"):
        return written
    place = written.rfind("</item>")
    if place < 0:
        return written
    place += len("</item>")
    places.add(written[:place], _("the file breaks off here; what came after it is lost"))
    return f"{written[:place]}\n</channel>\n</rss>\n"


def _sections(written: str, places: _Places) -> Iterator[str]:
    """The text with every section whole, and every `&` outside of them one that XML knows."""
    place = 0
    unclosed: set[str] = set()
    while (found := _SECTION.search(written, place)) is not None:
        name, start = found[1], found.end()
        end = (
            None
            if name in unclosed
            else re.compile(rf"\]\]>\s*</{name}\s*>").search(written, start)
        )
        yield _BARE.sub("&amp;", written[place:start])
        if end is None:
            unclosed.add(name)
            place = start
            continue
        content = written[start : end.start()]
        if "]]>" in content:
            places.add(written[: start + content.index("]]>")], _("a section ended too early"))
        yield content.replace("]]>", _BROKEN)
        yield end[0]
        place = end.end()
    yield _BARE.sub("&amp;", written[place:])
