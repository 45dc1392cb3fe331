"""Beehiiv's export of posts (CSV), whose texts are emails: tables that only place what stands in them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask_babel import gettext as _

from shop.blueprints.importers import pictures
from shop.blueprints.importers.formats import files
from shop.blueprints.importers.html import conversion
from shop.blueprints.importers.magazines import post_table
from shop.blueprints.importers.magazines.arriving import (
    ArticleArrival,
    AuthorArrival,
    Magazine,
    moment_in,
)
from shop.blueprints.importers.magazines.mending import ArticleCorrections, article_map_option
from shop.core import text
from shop.plugins.api import ImportReport, Refused

if TYPE_CHECKING:
    from bs4 import Tag

options = (article_map_option, pictures.uploads_option, pictures.fetch_option, files.max_mb)
_MEDIA = "https://media.beehiiv.com/cdn-cgi/image/"
_DATES = ("publish_date", "published_at", "scheduled_at", "created_at")
_PUBLIC = {"confirmed", "published", "live"}


def run(
    file: Path,
    report: ImportReport,
    *,
    max_mb: int,
    mapping: Path | None = None,
    uploads: str | None = None,
    fetch_images: bool = False,
) -> None:
    """Bring Beehiiv's posts in, and their pictures from the folder or ZIP `uploads`, or with `fetch_images`.

    Raises:
        Refused: the file is no use as a whole.
    """
    put_right = ArticleCorrections(mapping).put_right
    with pictures.pictures_from(uploads, fetches=fetch_images) as kept:
        magazine = Magazine("beehiiv", "", report, put_right, kept)
        rows = post_table.posts_in(file, "content_html", max_mb=max_mb, maker="Beehiiv")
        post_table.bring_in_rows(rows, magazine, title_of=_title, arrival_of=_arrival)
        magazine.finish("/feed")


def _title(row: Mapping[str, str]) -> str:
    return row.get("web_title") or row.get("title") or row.get("email_subject_line") or ""


def _arrival(label: str, row: Mapping[str, str], magazine: Magazine) -> ArticleArrival:
    number = row.get("id", "")
    if not number:
        raise Refused(_("it has no id, so it could not be recognised in a second import"))
    key = f"beehiiv:{number}"
    path = _path(row.get("url", ""))
    is_open = row.get("audience", "free").casefold() in {"", "free", "all", "both"}
    excerpt = row.get("web_subtitle") or row.get("email_preview_text") or ""
    arrival = ArticleArrival(
        label=label,
        key=key,
        title=conversion.to_plain(_title(row)),
        slug=row.get("slug") or path.rpartition("/")[2],
        body=conversion.html_to_markdown(
            _plain(row.get("content_html", "")), kept_at=magazine.pictures_of(key).kept_at
        ),
        excerpt=conversion.to_plain(excerpt),
        is_public=row.get("status", "").casefold() in _PUBLIC and is_open,
        published_at=moment_in(next((row[each] for each in _DATES if row.get(each)), "")),
        author=AuthorArrival(text.clean_line((row.get("authors") or "").partition(",")[0])),
        tags=dict.fromkeys(
            filter(None, map(str.strip, (row.get("content_tags") or "").split(","))), ""
        ),
        old=(path,) if path else (),
        cover=_picture(row.get("thumbnail_url", "")),
    )
    if not is_open:
        arrival.notes.append(_("it was for paying readers only; it was saved as a draft"))
    return arrival


def _path(address: str) -> str:
    try:
        return urlsplit(address).path.rstrip("/")
    except ValueError:
        return ""


def _picture(written: str) -> str:
    """The address of a picture of which the table only has the path."""
    return f"{_MEDIA}{written}" if written and "://" not in written else written


def _plain(source: str) -> str:
    """The text without what frames an email."""
    if len(source) > conversion.MAX_HTML:
        raise Refused(
            _("its text has more than %(limit)s characters", limit=f"{conversion.MAX_HTML:,}")
        )
    # Imported here, because what parses HTML takes a twentieth of a start.
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(source, "html.parser")
    for hidden in soup.select("style, title, [style*='display:none'], [style*='display: none']"):
        hidden.decompose()
    content = soup.select_one("#content-blocks") or soup
    for table in content.find_all("table"):
        if not _is_of_values(table):
            _open(table)
    if content.name == "tr":
        for part in [content, *content.find_all(["td", "th"], recursive=False)]:
            part.name = "div"
    return str(content)


def _is_of_values(table: Tag) -> bool:
    """Whether a table shows values side by side, and does not only place what stands in it."""
    rows = [row.find_all(["td", "th"], recursive=False) for row in table.find_all("tr")]
    is_wide = bool(rows) and min(map(len, rows)) > 1
    return is_wide and table.find(["img", "table", "h1", "h2", "h3", "ul", "ol"]) is None


def _open(table: Tag) -> None:
    parts = table.find_all(["tbody", "thead", "tr", "td", "th"])
    for part in [each for each in parts if each.find_parent("table") is table]:
        part.name = "div"
    table.name = "div"
