"""Ghost's export (JSON): posts and pages with their tags and authors. Members are a CSV file of their own there."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from flask_babel import gettext as _

from shop.blueprints.importers.formats import files
from shop.blueprints.importers.html import conversion
from shop.blueprints.importers.magazines import ghost_members, lexical, mobiledoc
from shop.blueprints.importers.magazines.arriving import (
    ArticleArrival,
    AuthorArrival,
    Magazine,
    moment_in,
)
from shop.blueprints.importers.magazines.mending import ArticleCorrections, article_map_option
from shop.core import text
from shop.plugins.api import ImportReport, Refused

SITE = "__GHOST_URL__"
options = (article_map_option, files.max_mb)
_PUBLIC = {"published", "sent", "scheduled"}


def run(file: Path, report: ImportReport, *, max_mb: int, mapping: Path | None = None) -> None:
    """Bring a Ghost export in.

    Raises:
        Refused: the file is no use as a whole.
    """
    export = _export(file, files.read_text(file, max_mb=max_mb))
    magazine = Magazine("ghost", "", report, ArticleCorrections(mapping).put_right)
    tags, authors = _linked(export, "tags", "tag"), _linked(export, "users", "author", by="authors")
    for number, post in enumerate(_rows(export, "posts"), start=1):
        label = f"{post.get('type') or 'post'} {number} “{str(post.get('title') or '')[:60]}”"
        try:
            arrival = _arrival(label, post, tags, authors)
        except Refused as refused:
            magazine.refuse(label, refused.message)
        else:
            magazine.bring_in(arrival)
    magazine.finish("/rss/")
    ghost_members.bring_in_members(_rows(export, "members"), _readers(export), report)


def _readers(export: Mapping[str, Any]) -> frozenset[str] | None:
    """The ids of members who get a newsletter; None where the export does not say."""
    if "members_newsletters" not in export:
        return None
    return frozenset(str(row.get("member_id")) for row in _rows(export, "members_newsletters"))


def _export(file: Path, content: str) -> Mapping[str, Any]:
    try:
        read = json.loads(content)
    except (ValueError, RecursionError):
        raise Refused(_("%(name)s is not JSON.", name=file.name)) from None
    holders = read.get("db") if isinstance(read, dict) else None
    holder = holders[0] if isinstance(holders, list) and holders else read
    export = holder.get("data") if isinstance(holder, dict) else None
    if not isinstance(export, dict) or not isinstance(export.get("posts"), list):
        raise Refused(_("%(name)s is not a Ghost export: it has no posts.", name=file.name))
    return export


def _rows(export: Mapping[str, Any], table: str) -> list[dict[str, Any]]:
    rows = export.get(table)
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _linked(
    export: Mapping[str, Any], table: str, name: str, *, by: str = ""
) -> dict[str, list[dict[str, Any]]]:
    """The rows of a table that belong to each post, in their order, by the post's id."""
    known = {str(row.get("id")): row for row in _rows(export, table)}
    links = sorted(
        _rows(export, f"posts_{by or table}"), key=lambda row: _order(row.get("sort_order"))
    )
    found: dict[str, list[dict[str, Any]]] = {}
    for link in links:
        row = known.get(str(link.get(f"{name}_id")))
        if row is not None:
            found.setdefault(str(link.get("post_id")), []).append(row)
    return found


def _order(written: object) -> int:
    return written if isinstance(written, int) else 0


def _arrival(
    label: str,
    post: Mapping[str, Any],
    tags: Mapping[str, list[dict[str, Any]]],
    authors: Mapping[str, list[dict[str, Any]]],
) -> ArticleArrival:
    number, slug = str(post.get("id") or ""), str(post.get("slug") or "")
    if not number:
        raise Refused(_("it has no id, so it could not be recognised in a second import"))
    is_open = post.get("visibility") in {None, "public"}
    left_out: list[str] = []
    arrival = ArticleArrival(
        label=label,
        key=f"ghost:{post.get('uuid') or number}",
        title=conversion.to_plain(str(post.get("title") or "")),
        slug=slug,
        body=conversion.html_to_markdown(_html(post, left_out)).replace(SITE, ""),
        excerpt=text.clean_line(str(post.get("custom_excerpt") or "")),
        is_page=post.get("type") == "page" or post.get("page") in {1, "1"},
        is_public=post.get("status") in _PUBLIC and is_open,
        published_at=moment_in(post.get("published_at")),
        author=_author((authors.get(number) or [{}])[0]),
        tags=dict(_subjects(tags.get(number, []))),
        old=(f"/{slug}/",) if slug else (),
    )
    arrival.notes.extend(_notes(post, authors.get(number, []), is_open=is_open))
    if left_out:
        cards = ", ".join(dict.fromkeys(left_out))
        arrival.notes.append(
            _("left out of its text, cards of these kinds: %(cards)s", cards=cards)
        )
    return arrival


def _html(post: Mapping[str, Any], left_out: list[str]) -> str:
    written = post.get("html")
    if isinstance(written, str) and written:
        return written
    if isinstance(post.get("lexical"), str):
        return lexical.as_html(post["lexical"], left_out)
    if isinstance(post.get("mobiledoc"), str):
        return mobiledoc.mobiledoc_as_html(post["mobiledoc"], left_out)
    return ""


def _subjects(rows: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for row in rows:
        name = text.clean_line(str(row.get("name") or ""))
        if name and not name.startswith("#"):  # which only its theme saw
            yield name, f"/tag/{row.get('slug') or ''}/"


def _author(row: Mapping[str, Any]) -> AuthorArrival:
    slug, website = str(row.get("slug") or ""), str(row.get("website") or "")
    return AuthorArrival(
        name=str(row.get("name") or ""),
        slug=slug,
        bio=str(row.get("bio") or ""),
        links=(website,) if website else (),
        old=f"/author/{slug}/" if slug else "",
    )


def _notes(
    post: Mapping[str, Any], authors: list[dict[str, Any]], *, is_open: bool
) -> Iterator[str]:
    if not is_open:
        yield _(
            "it was for %(value)s only; it was saved as a draft",
            value=str(post.get("visibility"))[:20],
        )
    if post.get("feature_image"):
        yield _(
            "its featured image was not downloaded: %(address)s",
            address=text.excerpt(str(post["feature_image"]).replace(SITE, ""), 300),
        )
    if len(authors) > 1:
        yield _("it had several authors; the first one is named")
