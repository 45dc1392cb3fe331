"""Comments of a Remark42 backup: a line of JSON about the site, then one for each comment.

The format is that of `backend/app/migrator/native.go` in its source. The backup may be packed with gzip, as Remark42
writes it. It holds no email addresses.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flask_babel import gettext as _

from shop.blueprints.comments.models import State
from shop.blueprints.importers.conversations import matching, talk
from shop.blueprints.importers.conversations.matching import Articles
from shop.blueprints.importers.conversations.talk import Arrival
from shop.blueprints.importers.formats import files
from shop.blueprints.importers.html import conversion
from shop.blueprints.importers.magazines.arriving import moment_in
from shop.plugins.api import ImportReport, Refused

LONGEST_LINE = 200_000
options = (matching.map_option, files.max_mb)


def run(file: Path, report: ImportReport, *, mapping: Path | None, max_mb: int) -> None:
    """Bring a backup in.

    Raises:
        Refused: the file is no use as a whole.
    """
    talk.require_comments()
    lines = _lines(file, max_mb=max_mb)
    head = _read(next(lines, ""))
    if head is None or head.get("version") != 1 or "users" not in head:
        raise Refused(_("%(name)s is not a Remark42 backup.", name=file.name))
    written = [(number, _read(line)) for number, line in enumerate(lines, start=2) if line.strip()]
    known = frozenset(_key(said.get("id")) for _, said in written if said is not None)
    arrivals = _arrivals(written, Articles(mapping), report)
    talk.import_talk(talk.parents_first(arrivals, known), report)


def _lines(file: Path, *, max_mb: int) -> Iterator[str]:
    """The lines of the file, unpacked piece by piece where it is packed, and never more than `max_mb` of them."""
    with file.open("rb") as raw:
        is_packed = raw.read(2) == b"\x1f\x8b"
    if not is_packed:
        files.require_harmless(file, max_mb=max_mb)
    left = max_mb * 1_000_000
    try:
        with gzip.open(file, "rb") if is_packed else file.open("rb") as lines:
            while line := lines.readline(LONGEST_LINE):
                left -= len(line)
                if left < 0:
                    raise Refused(
                        _(
                            "%(name)s holds more than %(max_mb)s MB. Raise it by --max-mb.",
                            name=file.name,
                            max_mb=max_mb,
                        )
                    )
                yield line.decode("utf-8", errors="replace")
    except (OSError, EOFError, zlib.error):
        raise Refused(_("%(name)s can’t be unpacked.", name=file.name)) from None


def _read(line: str) -> dict[str, Any] | None:
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None


def _key(name: object) -> str:
    return f"remark42:{name}" if isinstance(name, str) and 0 < len(name) <= 180 else ""


def _arrivals(
    written: list[tuple[int, dict[str, Any] | None]], articles: Articles, report: ImportReport
) -> Iterator[Arrival]:
    for number, said in written:
        label = f"line {number}"
        try:
            yield _arrival(label, said, articles)
        except Refused as refused:
            report.refuse(label, refused.message)


def _arrival(label: str, said: dict[str, Any] | None, articles: Articles) -> Arrival:
    if said is None or not _key(said.get("id")):
        raise Refused(_("it is not a comment with an id"))
    posted_at = moment_in(said.get("time"))
    if posted_at is None:
        raise Refused(_("it has no readable date"))
    locator, user, edit = (_part(said, name) for name in ("locator", "user", "edit"))
    original = said.get("orig")
    return Arrival(
        label=label,
        key=_key(said["id"]),
        parent_key=_key(said.get("pid")),
        article_id=articles.find(
            link=str(locator.get("url") or ""), title=str(said.get("title") or "")
        ),
        author=str(user.get("name") or ""),
        email="",
        body=original if isinstance(original, str) and original else _as_markdown(said),
        posted_at=posted_at,
        state=State.ERASED if said.get("delete") is True else State.APPROVED,
        is_staff=user.get("admin") is True,
        edited_at=moment_in(edit.get("time")) if edit else None,
        helpful=_score(said.get("score")),
        pinned_at=posted_at if said.get("pin") is True else None,
    )


def _as_markdown(said: dict[str, Any]) -> str:
    return conversion.html_to_markdown(str(said.get("text") or ""))


def _part(said: dict[str, Any], name: str) -> dict[str, Any]:
    value = said.get(name)
    return value if isinstance(value, dict) else {}


def _score(value: object) -> int:
    return min(value, 1_000_000) if isinstance(value, int) and value > 0 else 0
