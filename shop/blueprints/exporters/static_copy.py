"""The public site as plain files in a ZIP, for the day when there is no server: pages as a browser gets them.

What every visitor may see is followed from the front page and from the sitemap; what belongs to one visitor, such as
the cart, is left out, and so are forms, which nobody would answer, and scripts, which serve them. Links are made
relative, so that the copy can be put anywhere, and opened from a folder; of those to what is left out the words stay.
"""

from __future__ import annotations

import hashlib
import html
import posixpath
import re
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from flask import current_app
from werkzeug.test import TestResponse

from shop.blueprints.exporters.format.archive import Archive
from shop.blueprints.feeds.queries import public_addresses
from shop.blueprints.redirects.queries import every_redirect
from shop.core.web.security import base_url
from shop.plugins import registry

MOST_PAGES = 200_000
MOST_STEPS = 5
"""From one old address to the next, until a page is there."""
_ALWAYS = ("/", "/feed.xml", "/feed.json", "/sitemap.xml", "/robots.txt")
_FOLLOWED = frozenset({"after", "comments", "page", "v"})
"""What may stand behind the question mark of a page that is followed: further parts of a list."""
_LINK = re.compile(r'(?<=\s)(href|src|poster)="([^"]{1,2000})"')
_SOURCES = re.compile(r'(?<=\s)(srcset)="([^"]{1,8000})"')
_ANCHOR = re.compile(r'<a\s(?:[^>]*\s)?href="([^"]{1,2000})"[^>]*>(.*?)</a>', re.DOTALL)
_IN_STYLE = re.compile(r"url\(([\"']?)(/[^()\"']{1,2000})\1\)")
_ANSWERED = re.compile(
    r'<form\b.*?</form>|<cart-drawer\b.*?</cart-drawer>|<a class="tool".*?</a>|'
    r'<script\b(?![^>]*"application/ld\+json").*?</script>|<button\b[^>]*\sform="[^"]*".*?</button>|'
    r'<p class="comment-order">.*?</p>|'
    r'<a\b[^>]*\shref="(?:\?reply=|/admin/|/search")[^>]*>.*?</a>',
    re.DOTALL,
)
"""What needs a server that answers: forms and their buttons, the ways to the cart, to the search, to a reply, to
another order of comments and to the admin, and scripts.
"""
_COMMENT = re.compile(r'(?<=\s)href="/comments/(\d{1,18})"')
_MOVED = (
    '<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0; url={to}">'
    '<a href="{to}">{to}</a>\n'
)


def write_static_copy(path: Path) -> Mapping[str, int]:
    """Write the copy to a file; how many pages and other files there are, and how many addresses lead on.

    Raises:
        OSError: the disk is full, or the folder is not there.
    """
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        copy = _Copy(Archive(packed))
        copy.follow()
        return copy.counts


class _Copy:
    """The copy being made: every address that is known, and the file that it becomes."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._client = current_app.test_client(use_cookies=False)
        self._waiting = [*_ALWAYS, *_in_sitemap()]
        self._known = dict.fromkeys(self._waiting, "")
        self._moved: dict[str, str] = {}
        self.counts = {"pages": 0, "files": 0, "redirects": 0}

    def follow(self) -> None:
        """Fetch what is known until nothing new is named; then write the pages, whose links can be told by now."""
        with tempfile.TemporaryDirectory() as folder:
            fetched = self._fetch_all(Path(folder))
            for address, place in fetched.items():
                self._write(address, place.read_text(encoding="utf-8"))
        self._write_missing()
        self._write_redirects()

    def _fetch_all(self, folder: Path) -> dict[str, Path]:
        """Everything that can be reached; what has links of its own is laid aside in `folder`, by address."""
        fetched: dict[str, Path] = {}
        while self._waiting and len(self._known) < MOST_PAGES:
            address = self._waiting.pop()
            # Flask would lend each request the context of the command, and with it what the pages before said: one
            # that is personal, or everyone's, would make all after it so.
            with current_app.app_context():
                answer = self._client.get(address, base_url=base_url())
            if answer.location:
                self._moved[address] = answer.location
                self._note(iter([answer.location]))
            if answer.status_code != HTTPStatus.OK or _is_personal(answer):
                continue
            kind = answer.mimetype
            self._known[address] = file_in_copy(address, is_page=kind == "text/html")
            if kind not in {"text/html", "text/css"}:
                self._archive.add_bytes(self._known[address], answer.data)
                self.counts["files"] += 1
                continue
            written = answer.text
            if kind == "text/html":
                written = _with_own_comments(_ANSWERED.sub("", written))
                self._note_links(written)
            else:
                self._note(found[2] for found in _IN_STYLE.finditer(written))
            fetched[address] = folder / str(len(fetched))
            fetched[address].write_text(written, encoding="utf-8")
        return fetched

    def _note_links(self, page: str) -> None:
        self._note(html.unescape(found[2]) for found in _LINK.finditer(page))
        for found in _SOURCES.finditer(page):
            self._note(
                html.unescape(each).split()[0] for each in found[2].split(",") if each.strip()
            )

    def _note(self, links: Iterator[str]) -> None:
        for link in links:
            address = local_address(link)
            if address and address not in self._known:
                self._known[address] = ""
                self._waiting.append(address)

    def _write(self, address: str, written: str) -> None:
        name = self._known[address]
        if name.endswith(".html"):
            self.counts["pages"] += 1
            written = self._related(name, written)
        else:
            self.counts["files"] += 1
            written = _IN_STYLE.sub(lambda found: f"url({self._from(name, found[2])})", written)
        self._archive.add_text(name, written)

    def _related(self, name: str, page: str) -> str:
        page = _ANCHOR.sub(
            lambda found: found[0] if self._leads_on(html.unescape(found[1])) else found[2], page
        )
        page = _LINK.sub(
            lambda found: f'{found[1]}="{html.escape(self._from(name, html.unescape(found[2])))}"',
            page,
        )
        return _SOURCES.sub(lambda found: f'{found[1]}="{self._sources(name, found[2])}"', page)

    def _sources(self, name: str, written: str) -> str:
        each = (html.unescape(part).split() for part in written.split(",") if part.strip())
        return html.escape(
            ", ".join(" ".join([self._from(name, one), *size]) for one, *size in each)
        )

    def _from(self, name: str, link: str) -> str:
        """A link as it is written in the file `name`; one to what is not in the copy stays as it was."""
        target, fragment = self._place_of(link)
        if not target:
            return link
        return posixpath.relpath(target, posixpath.dirname(name) or ".") + (
            f"#{fragment}" if fragment else ""
        )

    def _leads_on(self, link: str) -> bool:
        """Whether a link leads somewhere without a server: to a file of the copy, down its page, or to another site."""
        own = link.removeprefix(base_url()) or "/"
        is_own = own.startswith(("/", "?")) and not own.startswith("//")
        return not is_own or bool(self._place_of(link)[0])

    def _place_of(self, link: str) -> tuple[str, str]:
        """The file to which a link leads, and the place in it; both empty for what is not in the copy."""
        fragment = link.partition("#")[2]
        for _step in range(MOST_STEPS):
            address = local_address(link)
            if self._known.get(address):
                return self._known[address], fragment
            link = self._moved.get(address, "")
            if not link:
                break
            fragment = link.partition("#")[2] or fragment
        return "", ""

    def _write_missing(self) -> None:
        missing = self._client.get("/there-is-no-such-page", base_url=base_url())
        self._archive.add_text("404.html", _ANSWERED.sub("", missing.text))

    def _write_redirects(self) -> None:
        """A page that leads on for each old address, and the list as several hosts of static files read it."""
        if not registry().has("redirects"):
            return
        lines = []
        taken = set(self._known.values())
        for row in every_redirect():
            name = file_in_copy(row.source, is_page=True)
            if name not in taken:
                taken.add(name)
                lines.append(f"{row.source} {row.target} 301\n")
                self._archive.add_text(
                    name, _MOVED.format(to=html.escape(self._from(name, row.target)))
                )
        self._archive.add_text("_redirects", "".join(lines))
        self.counts["redirects"] = len(lines)


def _with_own_comments(page: str) -> str:
    """A page whose comments are linked where they stand on it, not by the address that a server leads on from."""
    return _COMMENT.sub(
        lambda found: (
            f'href="#comment-{found[1]}"' if f'id="comment-{found[1]}"' in page else found[0]
        ),
        page,
    )


def _in_sitemap() -> Iterator[str]:
    if registry().has("feeds"):
        yield from (urlsplit(page.path).path for page in public_addresses())


def _is_personal(answer: TestResponse) -> bool:
    control = answer.headers.get("Cache-Control", "")
    return "private" in control or "no-store" in control


def local_address(link: str) -> str:
    """The path and query of a link within the site that may be followed; empty for any other."""
    try:
        parts = urlsplit(link.removeprefix(base_url()) or "/")
    except ValueError:
        return ""
    if parts.scheme or parts.netloc or not parts.path.startswith("/"):
        return ""
    given = parse_qsl(parts.query, keep_blank_values=True)
    if any(name not in _FOLLOWED for name, _value in given):
        return ""
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def file_in_copy(address: str, *, is_page: bool) -> str:
    """The file of an address: a page is the index of a folder, so that any server finds it."""
    path, _, query = address.partition("?")
    steps = [step for step in unquote(path).split("/") if step not in {"", ".", ".."}]
    name = "/".join(steps)
    if not is_page:
        return name
    if query:
        name = f"{name}/part-{hashlib.sha256(query.encode()).hexdigest()[:12]}"
    return f"{name}/index.html".lstrip("/")
