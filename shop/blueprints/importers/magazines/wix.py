"""Wix's export of a blog (CSV), whose texts are trees of its editor."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from click import Option
from flask_babel import gettext as _

from shop.blueprints.importers import pictures
from shop.blueprints.importers.formats import files
from shop.blueprints.importers.html import conversion
from shop.blueprints.importers.magazines import post_table, ricos
from shop.blueprints.importers.magazines.arriving import (
    ArticleArrival,
    AuthorArrival,
    Magazine,
    moment_in,
)
from shop.blueprints.importers.magazines.mending import ArticleCorrections, article_map_option
from shop.core import text
from shop.plugins.api import ImportReport, Refused

options = (
    article_map_option,
    pictures.uploads_option,
    pictures.fetch_option,
    Option(
        ["--site"], default="", help="The address of the former site, for links between its pages."
    ),
    files.max_mb,
)
_COVER = re.compile(r"wix:image://v1/([^/#\s]+)")
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{20,40}|[0-9a-f]{20,40}", re.IGNORECASE)


def run(
    file: Path,
    report: ImportReport,
    *,
    max_mb: int,
    site: str = "",
    mapping: Path | None = None,
    uploads: str | None = None,
    fetch_images: bool = False,
) -> None:
    """Bring the posts of a Wix blog in, and their pictures from the folder or ZIP `uploads`, or with `fetch_images`.

    Raises:
        Refused: the file is no use as a whole.
    """
    put_right = ArticleCorrections(mapping).put_right
    with pictures.pictures_from(uploads, fetches=fetch_images) as kept:
        magazine = Magazine("wix", site, report, put_right, kept)
        rows = post_table.posts_in(file, "rich content", max_mb=max_mb, maker="Wix")
        post_table.bring_in_rows(rows, magazine, title_of=_title, arrival_of=_arrival)
        magazine.finish("/blog-feed.xml")


def _title(row: Mapping[str, str]) -> str:
    return row.get("title", "")


def _arrival(label: str, row: Mapping[str, str], magazine: Magazine) -> ArticleArrival:
    number = row.get("id") or row.get("internal id") or ""
    if not number:
        raise Refused(_("it has no id, so it could not be recognised in a second import"))
    key = f"wix:{number}"
    left_out: list[str] = []
    notes: list[str] = []
    try:
        source = ricos.ricos_as_html(row.get("rich content", ""), left_out)
    except Refused:
        source = "".join(f"<p>{line}</p>" for line in row.get("plain content", "").split("\n"))
        notes.append(
            _("its text has no formatting, links and images: only its words could be read")
        )
    if left_out:
        cards = ", ".join(dict.fromkeys(left_out))
        notes.append(_("left out of its text, cards of these kinds: %(cards)s", cards=cards))
    cover = _COVER.match(row.get("cover image", ""))
    slug = row.get("slug") or row.get("post page url", "").rstrip("/").rpartition("/")[2]
    published = row.get("published date", "")
    return ArticleArrival(
        label=label,
        key=key,
        title=conversion.to_plain(row.get("title", "")),
        slug=slug,
        body=conversion.html_to_markdown(source, kept_at=magazine.pictures_of(key).kept_at),
        excerpt=text.clean_line(row.get("excerpt", "")),
        is_public=bool(published),
        published_at=moment_in(published),
        author=AuthorArrival(row.get("author", "")),
        tags=dict.fromkeys(_subjects(row), ""),
        old=tuple(filter(None, (row.get("post page url", ""), f"/post/{slug}" if slug else ""))),
        cover=ricos.media(cover[1]) if cover else row.get("cover image", ""),
        notes=notes,
    )


def _subjects(row: Mapping[str, str]) -> Iterator[str]:
    """Its categories and tags by their names; the ids that some tables have instead say nothing."""
    for column in ("main category", "categories", "tags"):
        for name in _listed(row.get(column, "")):
            if not _ID.fullmatch(name):
                yield name


def _listed(written: str) -> list[str]:
    try:
        read = json.loads(written) if written.startswith("[") else written.split(",")
    except (ValueError, RecursionError):
        return []
    return [name for each in read if isinstance(each, str) and (name := text.clean_line(each))]
