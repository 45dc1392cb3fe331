"""The interface in other languages: one gettext catalog a language, `translations/<locale>/LC_MESSAGES/messages.po`.

What is read while the site runs is the compiled file beside it. The build makes it, and a wheel brings nothing else; in
a checkout it is made at the start when it is missing or older than its catalog. The build runs this file by its path,
so it imports nothing of ours.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from tempfile import NamedTemporaryFile

TRANSLATIONS = Path(__file__).parents[2] / "translations"
_CATALOG = "*/LC_MESSAGES/messages.po"
_COMPILED = "*/LC_MESSAGES/messages.mo"


def locales(folder: Path = TRANSLATIONS) -> list[str]:
    """The languages that have a catalog, compiled or not, in order: "ar", "de"."""
    found = [*folder.glob(_CATALOG), *folder.glob(_COMPILED)]
    return sorted({path.parent.parent.name for path in found})


def compile_changed(folder: Path = TRANSLATIONS) -> None:
    """Compile the catalogs that changed. Where the folder is read-only, the interface stays as it was, and the log says
    so.
    """
    for catalog in stale(folder):
        try:
            compile_one(catalog)
        except OSError as error:
            logging.getLogger(__name__).warning("%s was not compiled: %s", catalog, error)


def stale(folder: Path = TRANSLATIONS) -> Iterator[Path]:
    """The catalogs whose compiled file is missing or older."""
    for catalog in sorted(folder.glob(_CATALOG)):
        compiled = catalog.with_suffix(".mo")
        if not compiled.exists() or compiled.stat().st_mtime_ns < catalog.stat().st_mtime_ns:
            yield catalog


def compile_one(catalog: Path) -> None:
    """Write the compiled file of a catalog, whole or not at all: several processes may start at once."""
    # Imported here, because a start that finds all compiled needs neither.
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with catalog.open("rb") as text:
        messages = read_po(text, locale=catalog.parent.parent.name)
    with NamedTemporaryFile(dir=catalog.parent, suffix=".part", delete=False) as part:
        write_mo(part, messages)
    whole = Path(part.name)
    try:
        whole.chmod(0o644)  # another user of the machine may run the site
        whole.replace(catalog.with_suffix(".mo"))
    finally:
        whole.unlink(missing_ok=True)
