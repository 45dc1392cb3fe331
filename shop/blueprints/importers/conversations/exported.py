"""Brings comments in that `shop comments export --format json` wrote, here or on another site of this kind.

The file is JSON with one comment on each line, so that a million of them need no more memory than one. It is read once
from end to end before anything is stored.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask_babel import gettext as _

from shop.blueprints.comments.export import json_file
from shop.blueprints.comments.models import State
from shop.blueprints.importers import queries
from shop.blueprints.importers.conversations import matching, talk
from shop.blueprints.importers.conversations.matching import Articles
from shop.blueprints.importers.conversations.talk import Arrival
from shop.blueprints.importers.formats import files
from shop.plugins.api import ImportReport, Refused

LONGEST_LINE = 200_000
options = (matching.map_option, files.max_mb)
_WORDS = ("key", "article", "title", "name", "email", "body", "state", "posted_at")


def run(file: Path, report: ImportReport, *, mapping: Path | None, max_mb: int) -> None:
    """Bring exported comments in.

    Raises:
        Refused: the file is no use as a whole.
    """
    files.require_harmless(file, max_mb=max_mb)
    talk.require_comments()
    for _row in _rows(file):
        pass
    talk.import_talk(_arrivals(file, Articles(mapping), report), report)


def _arrivals(file: Path, articles: Articles, report: ImportReport) -> Iterator[Arrival]:
    for number, row in _rows(file):
        label = f"line {number}"
        try:
            arrival = _arrival(label, row, articles)
            ours = queries.comment_known_as(arrival.key)
            if ours is not None and ours.posted_at == arrival.posted_at:
                report.accept(is_new=False)
            else:
                yield arrival
        except Refused as refused:
            report.refuse(label, refused.message)


def _rows(file: Path) -> Iterator[tuple[int, Any]]:
    """The number of each line that holds a comment, and what it says."""
    with file.open(encoding="utf-8-sig", newline="\n") as lines:
        number, line = 0, ""
        try:
            for number, line in enumerate(iter(lambda: lines.readline(LONGEST_LINE), ""), start=1):
                if number == 1:
                    _require_head(line)
                elif line.strip() != json_file.END:
                    yield number, json.loads(line.rstrip("\r\n").removesuffix(","))
        except (ValueError, RecursionError):
            raise Refused(_not_ours(file, number or 1)) from None
    if line.strip() != json_file.END or number < 2:
        raise Refused(
            _(
                "%(name)s ends unexpectedly after line %(number)s. Nothing was imported.",
                name=file.name,
                number=number,
            )
        )


def _require_head(line: str) -> None:
    head = json.loads(line + json_file.END)
    if not isinstance(head, dict) or (head.get("format"), head.get("version")) != (
        json_file.FORMAT,
        json_file.VERSION,
    ):
        raise ValueError


def _not_ours(file: Path, number: int) -> str:
    said: str = _(
        "Line %(number)s of %(name)s does not have the format of `shop comments export --format json`: a header, then "
        "one comment per line. Nothing was imported.",
        number=number,
        name=file.name,
    )
    return said


def _arrival(label: str, row: Any, articles: Articles) -> Arrival:
    if not isinstance(row, dict) or not all(isinstance(row.get(word), str) for word in _WORDS):
        raise Refused(_("it must have all of: %(names)s", names=", ".join(_WORDS)))
    if row["state"] not in set(State):
        raise Refused(_("unknown status %(value)s", value=f"{row['state'][:40]!r}"))
    if not row["key"] or len(row["key"]) > 200:
        raise Refused(
            _(
                "it has no key of at most 200 characters, so it could not be recognised in a second import"
            )
        )
    helpful, original = row.get("helpful"), row.get("original_body")
    return Arrival(
        label=label,
        key=row["key"],
        parent_key=str(row.get("parent") or ""),
        article_id=articles.find(row["article"], link=_link(row), title=row["title"]),
        author=row["name"],
        email=row["email"],
        body=row["body"],
        posted_at=_moment(row["posted_at"]),
        state=State(row["state"]),
        is_staff=row.get("is_staff") is True,
        edited_at=_moment_or_none(row, "edited_at"),
        original_body=original if isinstance(original, str) else None,
        helpful=helpful if type(helpful) is int and 0 <= helpful < 2**31 else 0,
        author_url=str(row.get("author_url") or ""),
        pinned_at=_moment_or_none(row, "pinned_at"),
        highlighted_at=_moment_or_none(row, "highlighted_at"),
        highlighted_by=str(row.get("highlighted_by") or ""),
    )


def _link(row: dict[str, Any]) -> str:
    folder = matching.PAGES if row.get("kind") == "page" else "/"
    return f"{folder}{row['article']}"


def _moment_or_none(row: dict[str, Any], name: str) -> datetime | None:
    return _moment(row[name]) if row.get(name) else None


def _moment(written: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(str(written)).astimezone(UTC)
    except (ValueError, OverflowError):
        moment = datetime.min.replace(tzinfo=UTC)
    if not 1970 <= moment.year < 9000:
        raise Refused(_("%(value)s is not a date and time", value=f"{str(written)[:40]!r}"))
    return moment
