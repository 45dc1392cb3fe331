"""Which article a thread of another system belongs to: by what the owner says, by its address, by its title."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

import click
from flask_babel import gettext as _

from shop.blueprints.articles.models import ArticleKind
from shop.blueprints.articles.queries import slug_now
from shop.blueprints.importers import queries
from shop.blueprints.importers.formats import files
from shop.core.text import slugify
from shop.plugins.api import Refused

_PAGE = re.compile(r"\.(?:html?|php|aspx?)$", re.IGNORECASE)

PAGES = "/pages/"
"""Where this site has its pages: of an article and a page of one name, an address of ours means this one."""

map_option = click.Option(
    ["--map", "mapping"],
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A CSV file with two columns: the URL, id or title of a thread, and the slug of the article it belongs to.",
)


class Articles:
    """The articles of this site, as threads are looked up among them."""

    def __init__(self, mapping: Path | None) -> None:
        rows = queries.articles_to_match()
        self._by_slug: dict[str, int] = {row.slug: row.id for row in rows}
        self._pages: dict[str, int] = {
            row.slug: row.id for row in rows if row.kind == ArticleKind.PAGE
        }
        self._by_title: dict[str, list[int]] = {}
        for row in rows:
            self._by_title.setdefault(row.title.casefold(), []).append(row.id)
        self._said = _read(mapping) if mapping else {}

    def find(self, *names: str, link: str = "", title: str = "") -> int:
        """The id of a thread's article.

        Args:
            names: further words by which `--map` may speak of the thread, e.g. its id.

        Raises:
            Refused: none fits, or more than one; says how to help.
        """
        for name in (link, *names, title):
            if name and name in self._said:
                return self._named(self._said[name])
        found = self._by_address(link)
        if found is not None:
            return found
        same = self._by_title.get(title.strip().casefold(), []) if title.strip() else []
        if len(same) == 1:
            return same[0]
        what = link or title or next(iter(names), _("a thread without URL and title"))
        if same:
            raise Refused(
                _(
                    "several articles have its title (%(thread)s); use --map to choose the article",
                    thread=what[:120],
                )
            )
        raise Refused(
            _(
                "no article has its URL or title (%(thread)s); use --map to choose the article",
                thread=what[:120],
            )
        )

    def _named(self, target: str) -> int:
        slug = _last_part(target) or target
        found = self._known(slug)
        if found is None:
            raise Refused(
                _("--map names %(value)s, but there is no such article", value=target[:120])
            )
        return found

    def _by_address(self, link: str) -> int | None:
        slug = _last_part(link)
        if link.startswith(PAGES) and slug in self._pages:
            return self._pages[slug]
        return self._known(slug) if slug else None

    def _known(self, slug: str) -> int | None:
        for candidate in (slug, slugify(slug, max_length=110)):
            if candidate in self._by_slug:
                return self._by_slug[candidate]
        moved = slug_now(slug[:120])
        return self._by_slug.get(moved) if moved else None


def _last_part(link: str) -> str:
    """The last part of an address that says something: `/2013/02/redacted/index.html` is about `redacted`."""
    try:
        path = unquote(urlsplit(link).path)
    except ValueError:
        return ""
    parts = [_PAGE.sub("", part) for part in path.split("/") if part]
    while parts and parts[-1].lower() in {"", "index", "default"}:
        parts.pop()
    return parts[-1] if parts else ""


def _read(path: Path) -> Mapping[str, str]:
    content = files.read_text(path, max_mb=files.MAX_MB)
    said: dict[str, str] = {}
    for number, row in enumerate(csv.reader(content.splitlines()), start=1):
        if not row:
            continue
        if len(row) != 2 or not all(each.strip() for each in row):
            raise Refused(
                _(
                    "Line %(number)s of %(name)s does not have two columns.",
                    number=number,
                    name=path.name,
                )
            )
        said[row[0].strip()] = row[1].strip()
    return said
