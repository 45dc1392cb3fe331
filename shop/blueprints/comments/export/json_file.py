"""Every comment as a file: JSON of our own, which comes back without loss, or WXR, which WordPress and others read.

Both are written as they are read from the database, a few hundred comments at a time.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, TextIO
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, Row, select
from sqlalchemy.orm import aliased

from shop.blueprints.articles.models import Article
from shop.blueprints.comments.models import Comment
from shop.core.web.security import base_url
from shop.plugins.api import db

FORMAT, VERSION = "bookstall-comments", 1
END = "]}"
BATCH = 500
_KEY = re.compile(r"bookstall:([^:\s]{1,150}):([0-9]{1,18})")
_parent = aliased(Comment)


def write_json(out: TextIO) -> int:
    """Write all comments as JSON, one a line, each after what it answers; how many there were."""
    head = {"format": FORMAT, "version": VERSION, "site": base_url(), "comments": []}
    out.write(json.dumps(head, ensure_ascii=False).removesuffix(END))
    number = 0
    for number, row in enumerate(rows(), start=1):
        out.write(",\n" if number > 1 else "\n")
        out.write(json.dumps(_as_json(row), ensure_ascii=False))
    out.write(f"\n{END}\n")
    return number


def rows(*where: ColumnElement[bool]) -> Iterator[Row[*tuple[Any, ...]]]:
    """Comment; kind, slug, title of its article; id and import key of what it answers. What begins threads is first."""
    for is_of_kind in (Comment.parent_id.is_(None), Comment.parent_id.is_not(None)):
        last = 0
        while True:
            batch = db.session.execute(
                select(
                    Comment,
                    Article.kind,
                    Article.slug,
                    Article.title,
                    _parent.id.label("parent_id"),
                    _parent.import_key.label("parent_key"),
                )
                .join(Article, Article.id == Comment.article_id)
                .outerjoin(_parent, _parent.id == Comment.parent_id)
                .where(is_of_kind, Comment.id > last, *where)
                .order_by(Comment.id)
                .limit(BATCH)
            ).all()
            yield from batch
            if len(batch) < BATCH:
                break
            last = batch[-1][0].id
            for row in batch:  # so that a million of them are not all remembered
                db.session.expunge(row[0])


def import_key_of(comment_id: int, import_key: str | None) -> str:
    """Under which name a comment is known everywhere: that of where it came from, else of here."""
    return import_key or f"bookstall:{urlsplit(base_url()).netloc}:{comment_id}"


def id_here(key: str) -> int | None:
    """The id that a key of this site means; None for a key of elsewhere."""
    match = _KEY.fullmatch(key)
    if match is None or match[1] != urlsplit(base_url()).netloc:
        return None
    return int(match[2])


def _as_json(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    comment: Comment = row[0]
    return {
        "key": import_key_of(comment.id, comment.import_key),
        "parent": import_key_of(row.parent_id, row.parent_key) if row.parent_id else None,
        "article": row.slug,
        "kind": row.kind,
        "title": row.title,
        "name": comment.author_name,
        "email": comment.email,
        "body": comment.body,
        "state": comment.state,
        "posted_at": comment.posted_at.isoformat(),
        "edited_at": _moment(comment.edited_at),
        "original_body": comment.original_body,
        "is_staff": comment.is_staff,
        "helpful": comment.helpful,
        "author_url": comment.author_url,
        "pinned_at": _moment(comment.pinned_at),
        "highlighted_at": _moment(comment.highlighted_at),
        "highlighted_by": comment.highlighted_by,
    }


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
