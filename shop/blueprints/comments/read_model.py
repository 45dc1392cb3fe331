"""Comments as plugins see them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shop.blueprints.comments.models import Comment
from shop.core.web.security import absolute_url
from shop.plugins.api import CommentView, ReadModel, db


def _find(key: int | str) -> CommentView | None:
    comment = db.session.get(Comment, key) if isinstance(key, int) else None
    if comment is None:
        return None
    return CommentView(
        id=comment.id,
        article_id=comment.article_id,
        parent_id=comment.parent_id,
        url=absolute_url("comments.show", comment_id=comment.id),
        author=comment.author_name,
        email=comment.email,
        body=comment.body,
        state=comment.state,
        is_staff=comment.is_staff,
        posted_at=comment.posted_at,
        found_by=frozenset(each["check"] for each in comment.evidence if _speaks_against(each)),
    )


def _speaks_against(found: Mapping[str, Any]) -> bool:
    return bool(found["points"] > 0 or found.get("holds") or found["is_conclusive"])


READ_MODEL = ReadModel(CommentView, _find)
