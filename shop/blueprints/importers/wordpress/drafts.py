"""What becomes of an item here, decided before anything is stored."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from shop.blueprints.articles.models import TITLE_LENGTH, ArticleKind, ArticleState
from shop.blueprints.comments.models import State
from shop.blueprints.importers import conversion
from shop.blueprints.importers.wordpress import markup
from shop.blueprints.importers.wordpress.reading import WrittenComment, WxrItem
from shop.core import clock, markdown, text
from shop.core.errors import Refused

_KINDS = {"post": ArticleKind.ARTICLE, "page": ArticleKind.PAGE}
_NOT_ARTICLES = {
    "nav_menu_item": "menus are not imported; choose the menu of each page in its settings",
    "attachment": "files and images are not imported; the texts keep their links",
    "revision": "earlier versions are not imported",
}
_STATES = {
    "publish": ArticleState.PUBLISHED,
    "future": ArticleState.PUBLISHED,
    "draft": ArticleState.DRAFT,
    "pending": ArticleState.DRAFT,
    "private": ArticleState.DRAFT,
}
_COMMENT_STATES = {
    "1": State.APPROVED,
    "approve": State.APPROVED,
    "0": State.WAITING,
    "hold": State.WAITING,
    "spam": State.SPAM,
    "trash": State.REJECTED,
    "post-trashed": State.REJECTED,
}
MOST_TAGS = 10
MOST_COMMENT_HTML = 100_000


@dataclass(slots=True)
class PostDraft:
    """An article or a page to be stored; `notes` say what differs from the original."""

    kind: ArticleKind
    title: str
    slug: str
    body: str
    excerpt: str
    state: ArticleState
    published_at: datetime | None
    tags: list[str]
    notes: list[str] = field(default_factory=list)


def post_draft(item: WxrItem, *, base: str) -> PostDraft:
    """The article that an item becomes.

    Raises:
        Refused: it is none, or can't be one; the message says why.
    """
    _require_article(item)
    converted = markup.post_to_markdown(item.content, base=base)
    draft = PostDraft(
        kind=_KINDS[item.kind],
        title="",
        slug=item.slug,
        body=converted.markdown,
        excerpt=conversion.to_plain(item.excerpt),
        state=_STATES[item.status],
        published_at=item.published_at,
        tags=[],
    )
    if converted.left_out:
        draft.notes.append(f"left out of its text: {', '.join(converted.left_out)}")
    _name(draft, item)
    _tag(draft, item)
    _hide(draft, item)
    return draft


def _require_article(item: WxrItem) -> None:
    if item.kind not in _KINDS:
        known = _NOT_ARTICLES.get(item.kind)
        raise Refused(
            known or f"{item.kind or 'an item without a type'} is neither a post nor a page"
        )
    if item.number is None:
        raise Refused("it has no wp:post_id, so it could not be recognised in a second import")
    if item.status not in _STATES:
        in_bin = "it was in the WordPress trash" if item.status == "trash" else ""
        raise Refused(in_bin or f"unknown status {item.status!r}")


def _name(draft: PostDraft, item: WxrItem) -> None:
    title = conversion.to_plain(item.title)
    if len(title) > TITLE_LENGTH:
        draft.notes.append(f"its title was cut to {TITLE_LENGTH} characters")
        title = text.excerpt(title, TITLE_LENGTH)
    draft.title = title or text.excerpt(markdown.plain_text(draft.body), 60) or "Untitled"
    if not title:
        draft.notes.append(f"it had no title; its title is now “{draft.title}”")


def _tag(draft: PostDraft, item: WxrItem) -> None:
    if draft.kind is ArticleKind.PAGE:
        return
    names: dict[str, str] = {}
    for name in (conversion.to_plain(term) for term in item.terms):
        slug = text.slugify(name)
        if slug and len(name) <= 80:
            names.setdefault(slug, name)
        else:
            draft.notes.append(
                f"the tag “{name[:80]}” was left out, because it can’t be part of a web address"
            )
    draft.tags = list(names.values())[:MOST_TAGS]
    if len(names) > MOST_TAGS:
        draft.notes.append(
            f"{len(names) - MOST_TAGS} of its {len(names)} tags were left out; the limit is {MOST_TAGS}"
        )


def _hide(draft: PostDraft, item: WxrItem) -> None:
    if item.password:
        draft.state = ArticleState.DRAFT
        draft.notes.append(
            "it was protected by a password, which is not supported here; it was saved as a draft"
        )
    elif item.status in {"private", "pending"}:
        draft.notes.append(f"it was {item.status}; it was saved as a draft")
    if draft.state is ArticleState.PUBLISHED and draft.published_at is None:
        draft.state = ArticleState.DRAFT
        draft.notes.append("it had no date; it was saved as a draft")


@dataclass(frozen=True, slots=True)
class ImportedComment:
    """A comment to be stored."""

    number: int
    author: str
    email: str
    body: str
    posted_at: datetime
    state: State
    parent: int
    user: str
    url: str = ""


def comment_of(written: WrittenComment, item: WxrItem) -> ImportedComment:
    """The comment that one becomes.

    Raises:
        Refused: it is none, or can't be one.
    """
    if written.kind in {"pingback", "trackback"}:
        raise Refused(f"a {written.kind} is a notification from another site, not a comment")
    if written.kind not in {"", "comment"}:
        raise Refused(f"a {written.kind} is not a comment")
    if item.kind == "page":
        raise Refused("pages can’t have comments here")
    if written.number is None:
        raise Refused("it has no wp:comment_id, so it could not be recognised in a second import")
    if written.state not in _COMMENT_STATES:
        raise Refused(f"unknown status {written.state!r}")
    if len(written.body) > MOST_COMMENT_HTML:
        raise Refused("it is too long")
    body = conversion.html_to_markdown(markup.with_paragraphs(written.body))
    return ImportedComment(
        number=written.number,
        author=conversion.to_plain(written.author),
        email=written.email if "@" in written.email else "",
        body=body,
        posted_at=written.posted_at or item.published_at or clock.now(),
        state=_COMMENT_STATES[written.state],
        parent=written.parent,
        user=written.user,
        url=written.url,
    )


def in_thread_order(comments: Iterable[ImportedComment]) -> list[ImportedComment]:
    """Each after the one that it answers. Where answers go round in a circle, the first begins it."""
    waiting = {comment.number: comment for comment in comments}
    ordered: list[ImportedComment] = []
    while waiting:
        comment = next(iter(waiting.values()))
        chain = {comment.number: comment}
        while comment.parent in waiting and comment.parent not in chain:
            comment = waiting[comment.parent]
            chain[comment.number] = comment
        ordered.extend(waiting.pop(number) for number in reversed(chain))
    return ordered
