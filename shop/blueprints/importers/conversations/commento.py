"""Comments of a Commento export: JSON with `comments` and `commenters` (`api/domain_export.go` in its source).

Texts are Markdown as ours are.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from flask_babel import gettext as _

from shop.blueprints.comments.models import State
from shop.blueprints.importers.conversations import matching, talk
from shop.blueprints.importers.conversations.matching import Articles
from shop.blueprints.importers.conversations.talk import Arrival
from shop.blueprints.importers.formats import files
from shop.blueprints.importers.magazines.arriving import moment_in
from shop.plugins.api import ImportReport, Refused

options = (matching.map_option, files.max_mb)
_STATES = {"approved": State.APPROVED, "unapproved": State.WAITING, "flagged": State.SPAM}
_NOBODY = {"root", ""}


def run(file: Path, report: ImportReport, *, mapping: Path | None, max_mb: int) -> None:
    """Bring an export in.

    Raises:
        Refused: the file is no use as a whole.
    """
    talk.require_comments()
    export = _export(file, max_mb=max_mb)
    people = {str(each.get("commenterHex")): each for each in _rows(export, "commenters")}
    comments = _rows(export, "comments")
    known = frozenset(_key(each.get("commentHex")) for each in comments)
    arrivals = _arrivals(comments, people, Articles(mapping), report)
    talk.import_talk(talk.parents_first(arrivals, known), report)


def _export(file: Path, *, max_mb: int) -> Mapping[str, Any]:
    try:
        read = json.loads(_content(file, max_mb=max_mb))
    except (ValueError, RecursionError):
        read = None
    if not isinstance(read, dict) or not isinstance(read.get("comments"), list):
        raise Refused(_("%(name)s is not a Commento export: it has no comments.", name=file.name))
    return read


def _content(file: Path, *, max_mb: int) -> str:
    """The text, unpacked where it is packed as Commento sends it: never more than `max_mb` of it."""
    with file.open("rb") as raw:
        is_packed = raw.read(2) == b"\x1f\x8b"
    if not is_packed:
        return files.read_text(file, max_mb=max_mb)
    try:
        with gzip.open(file, "rb") as packed:
            content = packed.read(max_mb * 1_000_000 + 1)
    except (OSError, EOFError):
        raise Refused(_("%(name)s can’t be unpacked.", name=file.name)) from None
    if len(content) > max_mb * 1_000_000:
        raise Refused(
            _(
                "%(name)s holds more than %(max_mb)s MB. Raise it by --max-mb.",
                name=file.name,
                max_mb=max_mb,
            )
        )
    return content.decode("utf-8", errors="replace")


def _rows(export: Mapping[str, Any], table: str) -> list[dict[str, Any]]:
    rows = export.get(table)
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _key(name: object) -> str:
    is_name = isinstance(name, str) and name not in _NOBODY and len(name) <= 180
    return f"commento:{name}" if is_name else ""


def _arrivals(
    comments: list[dict[str, Any]],
    people: Mapping[str, dict[str, Any]],
    articles: Articles,
    report: ImportReport,
) -> Iterator[Arrival]:
    for number, said in enumerate(comments, start=1):
        label = f"comment {number}"
        try:
            yield _arrival(label, said, people.get(str(said.get("commenterHex")), {}), articles)
        except Refused as refused:
            report.refuse(label, refused.message)


def _arrival(
    label: str, said: Mapping[str, Any], person: Mapping[str, Any], articles: Articles
) -> Arrival:
    key, posted_at = _key(said.get("commentHex")), moment_in(said.get("creationDate"))
    if not key or posted_at is None:
        raise Refused(_("it has no commentHex or no readable date"))
    is_gone = said.get("deleted") is True
    state = State.ERASED if is_gone else _STATES.get(str(said.get("state") or "approved"))
    if state is None:
        raise Refused(_("unknown state %(value)s", value=f"{str(said.get('state'))[:40]!r}"))
    email, score = str(person.get("email") or ""), said.get("score")
    link = str(person.get("link") or "")
    return Arrival(
        label=label,
        key=key,
        parent_key=_key(said.get("parentHex")),
        article_id=articles.find(link=str(said.get("url") or said.get("path") or "")),
        author=str(person.get("name") or ""),
        email=email if "@" in email else "",
        body=str(said.get("markdown") or ""),
        posted_at=posted_at,
        state=state,
        is_staff=person.get("isModerator") is True,
        helpful=min(score, 1_000_000) if isinstance(score, int) and score > 0 else 0,
        author_url=link if link.startswith("http") else "",
    )
