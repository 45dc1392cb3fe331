"""Questions about comments."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, bindparam, func, or_, select
from sqlalchemy.orm import defer

from shop.blueprints.articles.models import Article, ArticleKind
from shop.blueprints.articles.queries import is_public, published_article_or_404, slug_now
from shop.blueprints.articles.syndication import article_path
from shop.blueprints.comments import tallies
from shop.blueprints.comments.models import Comment, Decision, State
from shop.blueprints.comments.settings import CommentSettings
from shop.core import clock, settings
from shop.core.database import lock_names, read_rows
from shop.core.errors import or_404
from shop.core.mail.mailboxes import normal_address
from shop.core.pages.shared_work import shared_work
from shop.core.web.pagination import Page, beyond, decode_cursor
from shop.plugins.api import db, made_of

OWN_PAGE = 20
MOST_APPROVED = 300
# Made once: building them costs more than asking them.
_AT = (
    select(Article)
    .where(Article.kind == ArticleKind.ARTICLE, Article.slug == bindparam("slug"))
    .options(defer(Article.body))
)
_OF = select(Article).where(Article.id == bindparam("id")).options(defer(Article.body))
_DISCUSSION = select(
    Article.id, Article.kind, Article.slug, Article.published_at, Article.comments_open
).where(is_public(at=bindparam("now")))
_DISCUSSION_AT = _DISCUSSION.where(
    Article.kind == bindparam("kind"), Article.slug == bindparam("slug")
)
_DISCUSSION_BELOW = _DISCUSSION.where(Article.id == bindparam("id"))
_OF_POST = select(Comment.id).where(Comment.post_key == bindparam("post_key"))


class Discussion(NamedTuple):
    """A public article or page, as far as those who comment on it need it."""

    article_id: int
    kind: str
    slug: str
    published_at: datetime | None
    comments_open: bool

    @property
    def is_open(self) -> bool:
        """Whether readers may comment now."""
        if not self.comments_open:
            return False
        days = settings.current(CommentSettings).close_after_days
        return (
            days == 0
            or self.kind == ArticleKind.PAGE  # which stands for years, and is closed by hand
            or self.published_at is None
            or clock.now() - self.published_at < timedelta(days=days)
        )


def is_open(article: Article) -> bool:
    """Whether readers may comment on an article or a page now."""
    return article.is_public and _discussion_of(article).is_open


def discussion_at(slug: str, kind: ArticleKind) -> Discussion:
    """The public article or page at an address, or that has moved from it while someone was writing.

    It is as it was when it last changed, as far as this host knows: `is_open_now` is for those who write.

    Raises:
        NotFound, Gone: there is none.
    """

    def make() -> Discussion:
        values = {"kind": kind, "slug": slug, "now": clock.now()}
        for found in read_rows(_DISCUSSION_AT, values):
            made_of(f"article:{found.id}")
            return Discussion(*found)
        # Named by nothing, so not kept: another article may come to this address.
        return _discussion_of(published_article_or_404(slug_now(slug, kind) or slug, kind))

    return shared_work(("comments.discussion", kind, slug), make)


def _discussion_of(article: Article) -> Discussion:
    return Discussion(
        article.id, article.kind, article.slug, article.published_at, article.comments_open
    )


def article_at(slug: str) -> Article:
    """The public article at an address, or that has moved from it; without its body.

    Raises:
        NotFound, Gone: there is none.
    """
    found = db.session.scalar(_AT, {"slug": slug})
    if found is not None and found.is_public:
        return found
    return published_article_or_404(slug_now(slug) or slug)


def article_of(article_id: int) -> Article | None:
    """An article as it is now, without its body."""
    return db.session.scalar(_OF, {"id": article_id})


def is_open_now(article_id: int) -> bool:
    """Whether readers may comment on it in this very transaction; False when it is gone."""
    found = read_rows(_DISCUSSION_BELOW, {"id": article_id, "now": clock.now()})
    return any(Discussion(*row).is_open for row in found)


def comment_of_post(post_key: str | None) -> Comment | None:
    """The comment that holds a `post_key`. Nobody else stores one with it before this unit of work ends."""
    if post_key is None:
        return None
    lock_names(f"comments.post:{post_key}")
    found = db.session.connection().execute(_OF_POST, {"post_key": post_key}).first()
    return db.session.get(Comment, found.id, populate_existing=True) if found else None


def comment_or_404(comment_id: int) -> Comment:
    """One comment, whatever its state.

    Raises:
        NotFound: there is none.
    """
    return or_404(db.session.get(Comment, comment_id))


def comments_of_ids(comment_ids: Sequence[int]) -> list[Comment]:
    """Those of the comments that there are."""
    return list(db.session.scalars(select(Comment).where(Comment.id.in_(comment_ids))))


def article_showing(comment: Comment) -> Article | None:
    """The article or page below which readers see a comment, or None when they don't see it."""
    if not comment.is_visible:
        return None
    article = db.session.get(Article, comment.article_id)
    return article if article is not None and article.is_public else None


def name_answered(article_id: int, comment_id: int) -> str | None:
    """Who wrote the visible comment that a reply would answer, or None."""
    return db.session.scalar(
        select(Comment.author_name).where(
            Comment.id == comment_id,
            Comment.article_id == article_id,
            Comment.state == State.APPROVED,
        )
    )


def days_of_approval(email: str, author_name: str) -> int:
    """On how many different days (UTC) people approved what readers see of this address and name together.

    What was published without a person does not count: else one approval would vouch for all that follows. Of an
    imported comment that nobody decided on here the day counts on which it was written. A few hundred are looked at.
    """
    found = db.session.connection().execute(
        _APPROVED, {"email": normal_address(email), "author_name": author_name}
    )
    moments = [row.decided_at or (row.posted_at if row.import_key else None) for row in found]
    return len({moment.astimezone(UTC).date() for moment in moments if moment})


def _approved() -> Select[Any, Any, Any]:
    """Made once: building it costs more than asking it."""
    decided_at = (
        select(func.max(Decision.decided_at))
        .where(
            Decision.comment_id == Comment.id,
            Decision.to_state == State.APPROVED,
            Decision.undone_at.is_(None),
        )
        .correlate(Comment)
        .scalar_subquery()
    )
    return (
        select(decided_at.label("decided_at"), Comment.posted_at, Comment.import_key)
        .where(
            Comment.email == bindparam("email"),
            Comment.author_name == bindparam("author_name"),
            Comment.state == State.APPROVED,
        )
        .order_by(Comment.posted_at.desc())
        .limit(MOST_APPROVED)
    )


_APPROVED = _approved()


def comments_by(email: str) -> list[tuple[Comment, str]]:
    """What one person wrote, each with the slug of its article."""
    rows = db.session.execute(
        select(Comment, Article.slug)
        .join(Article, Article.id == Comment.article_id)
        .where(Comment.email == normal_address(email), Comment.state != State.ERASED)
        .order_by(Comment.id)
    )
    return [(comment, slug) for comment, slug in rows]


def was_decided(comment: Comment) -> bool:
    """Whether a person has decided on a comment."""
    found = select(Decision.id).where(Decision.comment_id == comment.id).limit(1)
    return db.session.scalar(found) is not None


def own_comments(
    keys: Sequence[str], email: str | None, after: str | None = None
) -> Page[tuple[Comment, str, str]]:
    """What one visitor wrote, newest first, each with the address and the title of its article.

    Args:
        keys: edit keys of the visitor; `email` a verified address.

    Raises:
        NotFound: `after` is not a valid cursor.
    """
    query = (
        select(Comment, Article.kind, Article.slug, Article.title)
        .join(Article, Article.id == Comment.article_id)
        .where(_is_own(keys, email), Comment.state != State.ERASED)
    )
    if after:
        query = query.where(beyond([Comment.id], decode_cursor(after, [int]), descending=True))
    rows = db.session.execute(query.order_by(Comment.id.desc()).limit(OWN_PAGE + 1)).all()
    page = Page.of(rows, OWN_PAGE, lambda row: [row[0].id])
    found = [(row[0], article_path(row.kind, row.slug), row.title) for row in page.items]
    return Page(found, page.next_cursor)


def own_comment_or_404(comment_id: int, keys: Sequence[str], email: str | None) -> Comment:
    """One comment of the visitor's.

    Raises:
        NotFound: there is none, it was erased, or someone else wrote it.
    """
    return or_404(
        db.session.scalar(
            select(Comment).where(
                Comment.id == comment_id, _is_own(keys, email), Comment.state != State.ERASED
            )
        )
    )


def _is_own(keys: Sequence[str], email: str | None) -> ColumnElement[bool]:
    mine = Comment.edit_key.in_([key for key in keys if key])
    return or_(mine, Comment.email == email) if email else mine


def decision_or_404(decision_id: int) -> Decision:
    """One decision.

    Raises:
        NotFound: there is none.
    """
    return or_404(db.session.get(Decision, decision_id))


def comments_waiting_query() -> Select[int]:
    """How many comments wait for a person, to be asked together with others."""
    return tallies.number_in(State.WAITING)


def newest_id() -> int:
    """The id of the comment that came last, whatever its state; 0 when there is none."""
    return db.session.scalar(select(func.max(Comment.id))) or 0
