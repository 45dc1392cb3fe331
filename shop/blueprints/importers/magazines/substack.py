"""Substack's export (ZIP): `posts.csv`, and one HTML file for each post."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path

from click import Option
from flask_babel import gettext as _

from shop.blueprints.importers import pictures
from shop.blueprints.importers.formats import bundles, files
from shop.blueprints.importers.formats.bundles import Bundle
from shop.blueprints.importers.html import conversion
from shop.blueprints.importers.magazines import substack_html
from shop.blueprints.importers.magazines.arriving import ArticleArrival, Magazine, moment_in
from shop.blueprints.importers.magazines.mending import ArticleCorrections, article_map_option
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
    """Bring a Substack export in, and its pictures from the folder or ZIP `uploads`, or with `fetch_images`.

    Raises:
        Refused: the file is no use as a whole.
    """
    with (
        bundles.opened(file, max_mb=max_mb) as bundle,
        pictures.pictures_from(uploads, fetches=fetch_images) as kept,
    ):
        table = next((name for name in bundle.names if name.endswith("posts.csv")), None)
        if table is None:
            raise Refused(
                _("%(name)s is not a Substack export: it has no posts.csv.", name=file.name)
            )
        magazine = Magazine("substack", site, report, ArticleCorrections(mapping).put_right, kept)
        for row in _rows(bundle.text(table)):
            label = f"post {row.get('post_id', '?')[:80]}"
            try:
                arrival = _arrival(label, row, bundle, table.removesuffix("posts.csv"), magazine)
            except Refused as refused:
                magazine.refuse(label, refused.message)
            else:
                magazine.bring_in(arrival)
        magazine.finish("/feed/")
        if any("email_list" in name for name in bundle.names):
            report.note(
                _("email list"), _("it was left out; use import subscribers with its CSV file")
            )


def _rows(content: str) -> Iterator[Mapping[str, str]]:
    try:
        for row in csv.DictReader(io.StringIO(content, newline=""), restval="", strict=True):
            yield {str(name): value for name, value in row.items() if isinstance(value, str)}
    except csv.Error as error:
        raise Refused(_("posts.csv is damaged: %(error)s.", error=error)) from None


def _arrival(
    label: str, row: Mapping[str, str], bundle: Bundle, top: str, magazine: Magazine
) -> ArticleArrival:
    number, _dot, slug = row.get("post_id", "").partition(".")
    if not number:
        raise Refused(_("it has no post_id, so it could not be recognised in a second import"))
    if row.get("type") == "thread":
        raise Refused(_("a thread is a conversation there, and has no text"))
    name = f"{top}posts/{row['post_id']}.html"
    source = bundle.text(name) if name in bundle.names else ""
    is_open = row.get("audience", "everyone") == "everyone"
    arrival = ArticleArrival(
        label=label,
        key=f"substack:{number}",
        title=conversion.to_plain(row.get("title", "")),
        slug=slug,
        body=conversion.html_to_markdown(
            substack_html.said_plainly(source),
            kept_at=magazine.pictures_of(f"substack:{number}").kept_at,
        ),
        excerpt=conversion.to_plain(row.get("subtitle", "")),
        is_page=row.get("type") == "page",
        is_public=row.get("is_published", "").casefold() == "true" and is_open,
        published_at=moment_in(row.get("post_date", "")),
        old=(f"/p/{slug}",) if slug else (),
    )
    if not is_open:
        arrival.notes.append(_("it was for paying readers only; it was saved as a draft"))
    if not source:
        arrival.notes.append(_("the archive has no file with its text"))
    if row.get("podcast_url"):
        arrival.notes.append(_("its recording is a link now"))
        arrival.body = f"[Audio]({row['podcast_url'].strip()})\n\n{arrival.body}"
    return arrival
