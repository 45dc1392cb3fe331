"""Menus that the owner writes: a link on each line, its name and then its address."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import urlsplit

from flask_babel import gettext as _

from shop.core.errors import Refused

LONGEST_LABEL = 60


class MenuLine(NamedTuple):
    """A link that the owner put into a menu: a page of this site, or of another."""

    label: str
    url: str


def links_in(lines: Iterable[str]) -> list[MenuLine]:
    """The links of a menu, in their order; a line that is none is left out."""
    return [link for line in lines if (link := _link(line)) is not None]


def require_links(lines: Iterable[str]) -> None:
    """Check a menu before it is stored.

    Raises:
        Refused: a line is no link; says which.
    """
    for line in lines:
        if _link(line) is None:
            said = line[:LONGEST_LABEL]
            raise Refused(
                _(
                    "“%(line)s” is no link. Give it a name, and a web address such as /articles/tag/repair.",
                    line=said,
                )
            )


def row_of(line: str) -> MenuLine:
    """A stored line as a row of a form."""
    return _link(line) or MenuLine(line, "")


def _link(line: str) -> MenuLine | None:
    label, _space, url = line.strip().rpartition(" ")
    label = label.strip()
    is_fit = 0 < len(label) <= LONGEST_LABEL and _leads_somewhere(url)
    return MenuLine(label, url) if is_fit else None


def _leads_somewhere(url: str) -> bool:
    if url.startswith("/"):
        return not url.startswith(("//", "/\\"))
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)
