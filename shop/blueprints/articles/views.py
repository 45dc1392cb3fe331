"""The magazine: front page, lists, articles, pages."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop.blueprints.accounts.queries import current_account
from shop.blueprints.articles import desk, queries, structured
from shop.blueprints.articles.cards import cards, neighbour_cards
from shop.blueprints.articles.models import Article, ArticleKind
from shop.blueprints.articles.neighbours import neighbours
from shop.blueprints.articles.rendering import rendered
from shop.core import clock
from shop.core.breadcrumbs import Crumb
from shop.core.errors import NotFound
from shop.core.page_cache import public_page
from shop.core.security import base_url
from shop.plugins.slots import NOTHING, Handed

bp = Blueprint("articles", __name__)

ON_FRONT_PAGE = 7  # one at large, and two rows of three


@bp.get("/")
def home() -> ResponseReturnValue:
    """The newest article at the head, some others, and what plugins add."""
    public_page("articles", "settings")
    return render_template(
        "articles/home.html",
        articles=cards(queries.latest_articles(ON_FRONT_PAGE)),
        structured_data=structured.website(),
    )


@bp.get("/articles/")
def index() -> ResponseReturnValue:
    """Every article."""
    after = request.args.get("after")
    page = queries.articles(after)
    public_page("articles", "settings")
    return render_template(
        "articles/index.html",
        articles=cards(page.items),
        subjects=queries.subjects(),
        next_url=url_for("articles.index", after=page.next_cursor) if page.next_cursor else "",
        **_list_addresses([_all_articles()], after),
    )


@bp.get("/articles/tag/<tag>")
def tagged(tag: str) -> ResponseReturnValue:
    """Every article of a subject."""
    after = request.args.get("after")
    subject = queries.tag_or_404(tag)
    page = queries.tagged(subject, after)
    if not page.items and not after:
        raise NotFound
    crumbs = [_all_articles(), Crumb(subject.name, url_for("articles.tagged", tag=tag))]
    public_page("articles", "settings")
    return render_template(
        "articles/tagged.html",
        tag=subject,
        articles=cards(page.items),
        next_url=url_for("articles.tagged", tag=tag, after=page.next_cursor)
        if page.next_cursor
        else "",
        **_list_addresses(crumbs, after),
    )


def _all_articles() -> Crumb:
    return Crumb(_("Articles"), url_for("articles.index"))


def _list_addresses(crumbs: list[Crumb], after: str | None) -> dict[str, Any]:
    first = crumbs[-1].url
    return {
        "canonical_url": base_url()
        + (f"{first}?{urlencode({'after': after})}" if after else first),
        "first_url": first if after else "",
        "crumbs": crumbs,
        "structured_data": structured.listing(crumbs),
    }


@bp.get("/articles/<slug>")
def show(slug: str) -> ResponseReturnValue:
    """One article."""
    return article_page(slug)


def article_page(slug: str, handed: Handed = NOTHING) -> ResponseReturnValue:
    """An article's page. With something `handed` to a slot on it, it is one visitor's, and never kept."""
    try:
        article = queries.published_article_or_404(slug)
    except NotFound:
        return _not_public(slug, ArticleKind.ARTICLE)
    if not handed:
        public_page(f"article:{article.id}", "articles", "settings")
    return _draw_article(article, handed=handed)


@bp.get("/pages/<slug>")
def page(slug: str) -> ResponseReturnValue:
    """One standing page."""
    try:
        article = queries.published_article_or_404(slug, ArticleKind.PAGE)
    except NotFound:
        return _not_public(slug, ArticleKind.PAGE)
    public_page(f"article:{article.id}", "settings")
    return _draw_page(article)


def _draw_article(article: Article, *, is_preview: bool = False, handed: Handed = NOTHING) -> str:
    around = neighbours(article) if not is_preview else None
    return render_template(
        "articles/show.html",
        article=article,
        text=rendered(article),
        published_at=article.published_at or clock.now(),
        around=around,
        related=neighbour_cards(around.related) if around else [],
        is_preview=is_preview,
        handed=handed,
        structured_data=structured.article_page(article),
    )


def _draw_page(article: Article, *, is_preview: bool = False) -> str:
    return render_template(
        "articles/page.html",
        article=article,
        text=rendered(article),
        is_preview=is_preview,
        structured_data=structured.standing_page(article),
    )


def _not_public(slug: str, kind: ArticleKind) -> ResponseReturnValue:
    """Where it has moved to; a preview for those who write; else 404."""
    moved = queries.slug_now(slug, kind)
    if moved is not None:
        endpoint = "articles.page" if kind == ArticleKind.PAGE else "articles.show"
        return redirect(url_for(endpoint, slug=moved), 301)
    draft = queries.article_of_slug(slug, kind)
    if (
        draft is None
        or draft.removed_at is not None
        or not desk.may_change(current_account(), draft)
    ):
        raise NotFound
    return (_draw_page if draft.is_page else _draw_article)(draft, is_preview=True)
