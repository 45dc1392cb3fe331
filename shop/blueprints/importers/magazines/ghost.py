"""Ghost's export (JSON): posts and pages with their tags and authors. Members are a CSV file of their own there."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click import Option
from flask_babel import gettext as _

from shop.blueprints.importers import pictures
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
_PLAYERS = (
    ".kg-audio-player, .kg-audio-thumbnail, .kg-video-player-container, .kg-video-overlay, .kg-video-large-play-icon, "
    ".kg-bookmark-icon, .kg-bookmark-thumbnail, .kg-file-card-icon, .kg-toggle-card-icon, "
    ".kg-product-card-rating, .kg-signup-card"
)
"""Buttons and pictures of players, cards and forms, which say nothing."""
_PUBLISHER = '<span class="kg-bookmark-publisher">'
options = (
    article_map_option,
    pictures.uploads_option,
    pictures.fetch_option,
    Option(["--site"], default="", help="The address of the former site, for its images."),
    files.max_mb,
)
_PUBLIC = {"published", "sent", "scheduled"}


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
    """Bring a Ghost export in, and its pictures from the folder or ZIP `uploads`, or with `fetch_images` from `site`.

    Raises:
        Refused: the file is no use as a whole.
    """
    export = _export(file, files.read_text(file, max_mb=max_mb))
    put_right = ArticleCorrections(mapping).put_right
    with pictures.pictures_from(uploads, fetches=fetch_images) as kept:
        magazine = Magazine("ghost", site, report, put_right, kept)
        former = _FormerGhost(
            site.rstrip("/"),
            _linked(export, "tags", "tag"),
            _linked(export, "users", "author", by="authors"),
            {str(row.get("post_id")): row for row in _rows(export, "posts_meta")},
        )
        for number, post in enumerate(_rows(export, "posts"), start=1):
            label = f"{post.get('type') or 'post'} {number} “{str(post.get('title') or '')[:60]}”"
            try:
                arrival = _arrival(label, post, former, magazine)
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


@dataclass(frozen=True, slots=True)
class _FormerGhost:
    """What the export says of its posts elsewhere, by their ids."""

    site: str
    tags: Mapping[str, list[dict[str, Any]]]
    authors: Mapping[str, list[dict[str, Any]]]
    meta: Mapping[str, Mapping[str, Any]]


def _arrival(
    label: str, post: Mapping[str, Any], former: _FormerGhost, magazine: Magazine
) -> ArticleArrival:
    number, slug = str(post.get("id") or ""), str(post.get("slug") or "")
    if not number:
        raise Refused(_("it has no id, so it could not be recognised in a second import"))
    is_open = post.get("visibility") in {None, "public"}
    left_out: list[str] = []
    key = f"ghost:{post.get('uuid') or number}"
    kept = magazine.pictures_of(key)

    def kept_at(address: str) -> str:
        return kept.kept_at(_there(address, former.site))

    body = conversion.html_to_markdown(_html(post, left_out), kept_at=kept_at)
    body = body.replace(f"{SITE}/content/", f"{former.site}/content/").replace(SITE, "")
    cover = _there(str(post.get("feature_image") or ""), former.site)
    meta = {**post, **former.meta.get(number, {})}
    if picture := kept.number_of(cover):
        caption = conversion.to_plain(str(meta.get("feature_image_caption") or ""))
        kept.describe(picture, str(meta.get("feature_image_alt") or ""), caption)
    authors = former.authors.get(number, [])
    is_letter = meta.get("email_only") in {True, "1"}
    arrival = ArticleArrival(
        label=label,
        key=key,
        title=conversion.to_plain(str(post.get("title") or "")),
        slug=slug,
        body=body,
        excerpt=text.clean_line(str(post.get("custom_excerpt") or "")),
        is_page=post.get("type") == "page" or post.get("page") in {1, "1"},
        is_public=post.get("status") in _PUBLIC and is_open and not is_letter,
        published_at=moment_in(post.get("published_at")),
        author=_author((authors or [{}])[0]),
        tags=dict(_subjects(former.tags.get(number, []))),
        old=(f"/{slug}/",) if slug else (),
        cover=cover.replace(SITE, ""),
    )
    arrival.notes.extend(_notes(post, authors, is_open=is_open))
    if is_letter:
        arrival.notes.append(_("it was sent by email only; it was saved as a draft"))
    if left_out:
        cards = ", ".join(dict.fromkeys(left_out))
        arrival.notes.append(
            _("left out of its text, cards of these kinds: %(cards)s", cards=cards)
        )
    return arrival


def _there(address: str, site: str) -> str:
    """The address of a picture of the former site, with its host where that is known."""
    return address.replace(SITE, site)


def _html(post: Mapping[str, Any], left_out: list[str]) -> str:
    written = post.get("html")
    if isinstance(written, str) and written:
        apart = written.replace(_PUBLISHER, f" · {_PUBLISHER}")
        return conversion.without_elements(apart, _PLAYERS) if "kg-" in written else written
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
    if len(authors) > 1:
        yield _("it had several authors; the first one is named")
