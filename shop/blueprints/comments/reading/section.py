"""The comments below an article: what the slot `article.after_body` draws.

The page is the same for everyone who asks for the same address. Only the view that refuses a form hands something of
one visitor to this slot; and such a page is never kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from typing import Any

from flask import request, url_for

from shop.blueprints.articles.models import ArticleKind
from shop.blueprints.articles.queries import article_by_id
from shop.blueprints.articles.syndication import article_endpoint, article_path
from shop.blueprints.comments import cookie, queries
from shop.blueprints.comments.forms import CommentForm, id_in
from shop.blueprints.comments.places import comments_tag
from shop.blueprints.comments.reading import own
from shop.blueprints.comments.reading.threads import ThreadOrder, Threads, page_of_threads
from shop.core.pages import own_pages
from shop.core.pages.shared_work import shared_work
from shop.plugins.api import ArticleView, NotFound, made_of

TEMPLATE = "comments/section.html"


def below_article(
    *, article: ArticleView, form: CommentForm | None = None
) -> Mapping[str, Any] | None:
    """What the section needs; a page that is closed and has none shows nothing.

    `form` is one that was refused, with its input and errors.
    """
    made_of(comments_tag(article.id), "settings")
    order = _order()
    found = _threads(article, order)
    is_open, is_page = _is_open(article), article.kind == ArticleKind.PAGE
    if is_page and not is_open and not found.count:
        return None
    if own_pages.is_own():
        _add_own(article, found, order)
    parent, answered = _answered(article, form, found)
    return {
        "article": article,
        "threads": found,
        "form": form,
        "empty_form": partial(CommentForm, formdata=None),
        "parent": parent,
        "answered": answered,
        "is_open": is_open,
        "action": url_for(
            "comments.post_on_page" if is_page else "comments.post", slug=article.slug
        ),
        "is_first_page": not request.args.get("comments"),
        "order": order,
        "orders": [(each, each.label, _page_url(article, each, None)) for each in ThreadOrder],
        "next_url": _page_url(article, order, found.next_cursor) if found.next_cursor else "",
        "first_url": _page_url(article, order, None),
    }


def _is_open(article: ArticleView) -> bool:
    stored = article_by_id(article.id)
    return stored is not None and queries.is_open(stored)


def _order() -> ThreadOrder:
    given = request.args.get("sort")
    return ThreadOrder(given) if given and given in set(ThreadOrder) else ThreadOrder.NEWEST


def _threads(article: ArticleView, order: ThreadOrder) -> Threads:
    after = request.args.get("comments")
    if after:
        with suppress(NotFound):  # an old or a made-up cursor: the article is there all the same
            return _read(article, order, after)
    return _read(article, order) if own_pages.is_own() else _first_page(article, order)


def _first_page(article: ArticleView, order: ThreadOrder) -> Threads:
    """The threads that nearly every reader sees, read once until one of the comments changes."""

    def make() -> Threads:
        made_of(comments_tag(article.id))
        return _read(article, order)

    key = ("comments.threads", article.id, article.author, order)
    return shared_work(key, make, lambda found: found.size)


def _read(article: ArticleView, order: ThreadOrder, after: str | None = None) -> Threads:
    return page_of_threads(article.id, article_author=article.author, after=after, order=order)


def _add_own(article: ArticleView, found: Threads, order: ThreadOrder) -> None:
    """What this browser alone sees; when nothing is left of it, the page is everyone's again."""
    keys, marked = cookie.keys_of_visitor(), cookie.marks()
    is_first = not request.args.get("comments")
    waiting = own.show_waiting(found, article.id, keys, order=order, is_first=is_first)
    own.press_marked(found, marked)
    if not waiting and not own.has_marked(article.id, marked):
        own_pages.has_nothing_own(article_path(article.kind, article.slug))


def _answered(
    article: ArticleView, form: CommentForm | None, found: Threads
) -> tuple[int | None, str]:
    """The comment that the form answers, which `?reply=ID` or the refused form says, and who wrote it."""
    if form is not None and form.parent.data is not None:
        comment_id = form.parent_id
    else:
        comment_id = id_in(request.args.get("reply", "").strip())
    if not comment_id:
        return None, ""
    shown = next((top for top in found.tops if top.id == comment_id and not top.is_gone), None)
    name = shown.author_name if shown else queries.name_answered(article.id, comment_id)
    return (None, "") if name is None else (comment_id, name)


def _page_url(article: ArticleView, order: ThreadOrder, cursor: str | None) -> str:
    return url_for(
        article_endpoint(article.kind),
        slug=article.slug,
        sort=None if order is ThreadOrder.NEWEST else order.value,
        comments=cursor,
        _anchor="comments",
    )
