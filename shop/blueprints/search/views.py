"""The search page."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from shop.blueprints.search import finding
from shop.blueprints.search.snippets import mark_found, snippet
from shop.core import search
from shop.core.pages.page_cache import holds_no_secret
from shop.core.text import clean_line
from shop.extensions import limiter
from shop.plugins import registry
from shop.plugins.api import public_page

bp = Blueprint("search", __name__)

PAGE_SIZE = 20
MOST_PAGES = search.MOST_CANDIDATES // PAGE_SIZE


@dataclass(frozen=True, slots=True)
class Result:
    """One page found, as the template shows it."""

    label: str
    url: str
    title: Markup
    snippet: Markup


@bp.get("/search")
@limiter.limit("60 per minute")
def find() -> ResponseReturnValue:
    """The empty box, or what `?q=` finds, twenty at a time."""
    query = clean_line(request.args.get("q", "")[: search.LONGEST_QUERY])
    if not query:
        public_page("settings")
        return render_template(
            "search/find.html", query="", results=[], page=1, next_url="", silent=""
        )
    holds_no_secret()
    page = min(max(request.args.get("page", 1, type=int), 1), MOST_PAGES)
    found, silent = finding.found(query, limit=PAGE_SIZE + 1, offset=(page - 1) * PAGE_SIZE)
    results = _results(query, found)
    has_more = len(results) > PAGE_SIZE and page < MOST_PAGES
    return render_template(
        "search/find.html",
        query=query,
        results=results[:PAGE_SIZE],
        page=page,
        silent=silent,
        next_url=url_for("search.find", q=query, page=page + 1) if has_more else "",
    )


def _results(query: str, found: list[search.Found]) -> list[Result]:
    labels = {source.name: str(source.label) for source in registry().search_sources}
    words = search.words_of(query)[: search.MOST_WORDS]
    return [
        Result(
            label=labels[each.source],
            url=each.url,
            title=mark_found(each.title, words),
            snippet=snippet(each.body, words, each.summary),
        )
        for each in found
    ]
