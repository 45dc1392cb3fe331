"""How an owner called the folders of categories, tags and products: no export says it, but the links of texts do."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

MOST_LINKS = 20_000
_LINK = re.compile(r"""\bhref=["']([^"'<>\s]{1,300})["']""")


class LinkedFolders:
    """What the links of a site name, and where its texts are."""

    def __init__(self) -> None:
        self._linked: set[str] = set()
        self._with_texts: set[str] = set()

    def note_links(self, content: str, site: str) -> None:
        """Remember the links of a text, in HTML, to pages of the site of this address."""
        for address in _LINK.findall(content):
            if len(self._linked) < MOST_LINKS:
                self._linked |= {path} if (path := _path_of(address, site)) else set()

    def note_text(self, address: str, site: str) -> None:
        """Remember where a text is: its folder is none of these."""
        if len(self._with_texts) < MOST_LINKS:
            self._with_texts.add(_path_of(address, site).rpartition("/")[0])

    def of(self, paths: Mapping[str, str]) -> list[str]:
        """The folders most of whose linked pages are among `paths`, such as `/topics`. These are given by their slugs,
        each with its path in such a folder: `trust/listening` for a category below another.
        """
        pages, found = Counter[str](), Counter[str]()
        for path in self._linked:
            folder, _slash, slug = path.rpartition("/")
            below = f"/{paths[slug]}" if slug in paths else ""
            folder = path.removesuffix(below) if below and path.endswith(below) else folder
            pages[folder] += 1
            found[folder] += bool(below)
        return sorted(
            folder
            for folder, count in found.items()
            if folder and 2 * count > pages[folder] and folder not in self._with_texts
        )


def _path_of(address: str, site: str) -> str:
    """The path of a link within the site, without a slash at its end; empty for any other."""
    try:
        parts, own = urlsplit(address), urlsplit(site)
    except ValueError:
        return ""
    host = (parts.hostname or "").removeprefix("www.")
    is_own = host in {"", (own.hostname or "").removeprefix("www.")}
    path = unquote(parts.path).rstrip("/")
    return path if is_own and path.startswith("/") and not parts.query else ""
