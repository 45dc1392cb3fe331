"""The files of a folder that its texts name: pages by their files, pictures by their paths."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import PurePosixPath
from urllib.parse import unquote

from shop.core.languages.names import OF_TEXTS

_DATED = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})-(.+)")
_UNSAID = {"content", "_posts", "_pages", "_drafts"}
"""Folders that stand in no address."""
_SERVED = ("", "static/", "assets/", "public/", "content/", "source/", "src/")
"""Folders from which site generators serve pictures at the top of a site."""
_COVER = re.compile(
    r"(?:.*feature.*|cover.*|thumbnail.*)\.(?:jpe?g|png|webp|avif|gif)", re.IGNORECASE
)


def language_of_file(path: PurePosixPath) -> str:
    """The language that the end of a name (about.de.md) or its folder (content/de/about.md) says; else empty."""
    folders = [part for part in path.parts[:-1] if part != "content"]
    for each in (path.stem.rpartition(".")[2] if "." in path.stem else "", *folders[:1]):
        if each in OF_TEXTS:
            return each
    return ""


def page_of_file(path: PurePosixPath) -> str:
    """The address that is kept for a text by its file alone, whatever its front matter says."""
    language = language_of_file(path)
    stem = path.stem.removesuffix(f".{language}")
    folders = [part for part in path.parts[:-1] if part not in _UNSAID]
    if language and language not in folders:
        folders.insert(0, language)
    if stem == "index" and folders:
        stem = folders.pop()
    if dated := _DATED.fullmatch(stem):
        return f"/{dated[1]}/{int(dated[2]):02}/{int(dated[3]):02}/{dated[4]}.html"
    return "/" + "/".join([*folders, stem]) + "/"


class Files:
    """The files of a folder: `names` are all of them, `texts` those that become pages."""

    def __init__(self, names: Iterable[str], texts: Iterable[str]) -> None:
        self._names = {name.casefold(): name for name in names}
        self._texts = {_bare(name): name for name in texts}
        counted = Counter(posixpath.basename(bare) for bare in self._texts)
        self._by_stem = {
            posixpath.basename(bare): name
            for bare, name in self._texts.items()
            if counted[posixpath.basename(bare)] == 1
        }

    def page_of(self, named: str, path: PurePosixPath) -> str:
        """The address of the page of a file, named from `path`, from the top, or by its name alone; else empty."""
        named = unquote(named.strip())
        is_file = named.lower().endswith((".md", ".markdown"))
        bare = _bare(posixpath.normpath(named.lstrip("/")))
        beside = _bare(posixpath.normpath(posixpath.join(path.parent.as_posix(), named)))
        found = self._texts.get(beside) or self._texts.get(bare)
        if found is None and (is_file or "/" not in named or named.startswith("_posts/")):
            found = self._by_stem.get(posixpath.basename(bare))
        return page_of_file(PurePosixPath(found)) if found else ""

    def picture_of(self, address: str, path: PurePosixPath) -> str:
        """The path from the top of the folder that a text at `path` means; an address elsewhere as it is."""
        if re.match(r"[a-z]+:|//", address, re.IGNORECASE):
            return address
        plain = unquote(address.partition("?")[0].partition("#")[0])
        beside = [] if plain.startswith("/") else [posixpath.join(path.parent.as_posix(), plain)]
        for wanted in (*beside, *(f"{folder}{plain.lstrip('/')}" for folder in _SERVED)):
            found = self._names.get(posixpath.normpath(wanted).casefold())
            if found is not None:
                return f"/{found}"
        return plain if plain.startswith("/") else f"/{plain}"

    def cover_beside(self, path: PurePosixPath) -> str:
        """The picture in the folder of a page bundle that its name makes the cover, as Hugo's themes have it."""
        if path.stem.partition(".")[0] != "index":
            return ""
        beside = (
            name for name in self._names.values() if PurePosixPath(name).parent == path.parent
        )
        covers = (name for name in sorted(beside) if _COVER.fullmatch(PurePosixPath(name).name))
        found = next(covers, "")
        return f"/{found}" if found else ""


def _bare(name: str) -> str:
    """What a text is known by: its path without suffix, `index`, and the folder that holds all."""
    stem = re.sub(r"\.(?:md|markdown|mdown|html?)$", "", name, flags=re.IGNORECASE)
    return stem.removesuffix("/index").removeprefix("content/").casefold()
