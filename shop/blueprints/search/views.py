"""The search page, and the panel that shows results while somebody types."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from shop.blueprints.search import finding
from shop.blueprints.search.finding import SearchOutcome
from shop.blueprints.search.snippets import mark_found, snippet
from shop.core import search
from shop.core.pages.page_cache import holds_no_secret
from shop.core.search import Found
from shop.core.text import clean_line
from shop.extensions import limiter
from shop.plugins import registry
from shop.plugins.api import public_page

bp = Blueprint("search", __name__)

PAGE_SIZE = 20
PANEL_SIZE = 6
MOST_PAGES = search.MOST_CANDIDATES // PAGE_SIZE


@dataclass(frozen=True, slots=True)
class Result:
    """One page found, as the template shows it."""

    label: str
    url: str
    title: Markup
    snippet: Markup
    picture: str


@dataclass(frozen=True, slots=True)
class Kind:
    """How many results are of one kind, and where only they are shown. The first has all of them."""

    label: str
    count: str
    url: str
    is_current: bool


@bp.get("/search")
@limiter.limit("60 per minute")
def find() -> ResponseReturnValue:
    """The empty box, or what `?q=` finds, twenty at a time; of one kind with `?in=`."""
    query = _query()
    if not query:
        public_page("settings")
        return render_template("search/find.html", query="", results=[], page=1, next_url="")
    holds_no_secret()
    page = min(max(request.args.get("page", 1, type=int), 1), MOST_PAGES)
    source = _source()
    outcome = finding.look_for(
        query, limit=PAGE_SIZE + 1, offset=(page - 1) * PAGE_SIZE, source=source
    )
    results = _results(query, outcome, outcome.pages[:PAGE_SIZE])
    has_more = len(outcome.pages) > PAGE_SIZE and page < MOST_PAGES
    return render_template(
        "search/find.html",
        query=query,
        source=source,
        results=results,
        outcome=outcome,
        kinds=_kinds(query, outcome, source),
        page=page,
        next_url=url_for("search.find", q=query, **_only(source), page=page + 1)
        if has_more
        else "",
    )


@bp.get("/search/panel")
@limiter.limit("240 per minute")
def panel() -> ResponseReturnValue:
    """The dialog for the search beside a page, or, with `?q=`, the best results for it."""
    query = _query()
    if not query:
        public_page("settings")
        return render_template("search/panel.html")
    holds_no_secret()
    outcome = finding.look_for(query, limit=PANEL_SIZE)
    return render_template(
        "search/_panel_results.html",
        query=query,
        results=_results(query, outcome, outcome.pages),
        outcome=outcome,
        kinds=_kinds(query, outcome, ""),
    )


def _query() -> str:
    return clean_line(request.args.get("q", "")[: search.LONGEST_QUERY])


def _source() -> str:
    wanted = request.args.get("in", "")
    return wanted if any(each.name == wanted for each in registry().search_sources) else ""


def _only(source: str) -> dict[str, Any]:
    return {"in": source} if source else {}


def _kinds(query: str, outcome: SearchOutcome, shown: str) -> list[Kind]:
    """All, and each kind that has results; nothing where there is but one kind to choose."""
    sources = [each for each in registry().search_sources if each.name in outcome.counts]
    if len(sources) < 2 and not shown:
        return []
    cut = "+" if outcome.is_cut else ""
    total = f"{sum(outcome.counts.values())}{cut}"
    kinds = [Kind(_("All"), total, url_for("search.find", q=query), not shown)]
    for each in sources:
        url = url_for("search.find", q=query, **_only(each.name))
        label = str(each.plural or each.label)
        kinds.append(Kind(label, f"{outcome.counts[each.name]}{cut}", url, each.name == shown))
    return kinds


def _results(query: str, outcome: SearchOutcome, pages: Sequence[Found]) -> list[Result]:
    labels = {source.name: str(source.label) for source in registry().search_sources}
    words = search.asked_words(outcome.nearest if outcome.is_of_nearest else query)
    pictures = finding.thumbnails_of(pages)
    return [
        Result(
            label=labels[each.source],
            url=each.url,
            title=mark_found(each.title, words),
            snippet=snippet(each.body, words, each.summary),
            picture=pictures.get((each.source, each.key), ""),
        )
        for each in pages
    ]
