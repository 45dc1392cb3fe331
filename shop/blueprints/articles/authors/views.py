"""The pages of authors."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop.blueprints.articles import queries as articles
from shop.blueprints.articles import sharing, structured, syndication
from shop.blueprints.articles.authors import portraits, queries
from shop.blueprints.articles.cards import cards
from shop.core.covers import portraits as drawing
from shop.core.site import site
from shop.core.web.breadcrumbs import Crumb
from shop.core.web.feeds import atom
from shop.core.web.security import base_url
from shop.plugins.api import NotFound, public_page

bp = Blueprint("authors", __name__)

YEAR_SECONDS = 31_536_000


@bp.get("/authors/")
def index() -> ResponseReturnValue:
    """Everyone of whom something is public."""
    found = queries.published_authors()
    public_page("articles", "settings")
    return render_template(
        "articles/authors.html",
        authors=[(each, portraits.portrait_of(each)) for each in found],
        canonical_url=base_url() + url_for("authors.index"),
        shared_picture_url=sharing.picture_url_of_site(),
        structured_data=structured.listing([_everyone()]),
    )


@bp.get("/authors/<slug>")
def show(slug: str) -> ResponseReturnValue:
    """An author, and what they wrote; an address that they had leads here."""
    try:
        author = queries.published_author_or_404(slug)
    except NotFound:
        return redirect(url_for(".show", slug=queries.author_moved_from(slug).slug), 301)
    after = request.args.get("after")
    page = articles.written_by(author, after)
    portrait = portraits.portrait_of(author)
    here = url_for(".show", slug=slug)
    crumbs = [_everyone(), Crumb(author.name, here)]
    public_page("articles", "settings")
    return render_template(
        "articles/author.html",
        author=author,
        portrait=portrait,
        crumbs=crumbs,
        articles=cards(page.items),
        next_url=url_for(".show", slug=slug, after=page.next_cursor) if page.next_cursor else "",
        first_url=here if after else "",
        canonical_url=base_url() + (url_for(".show", slug=slug, after=after) if after else here),
        feed_url=url_for(".feed", slug=slug, kind="xml"),
        json_feed_url=url_for(".feed", slug=slug, kind="json"),
        shared_picture_url=sharing.picture_url_of_site(),
        structured_data=structured.profile(author, portrait, crumbs),
    )


@bp.get("/authors/<slug>/feed.<any(xml, json):kind>")
def feed(slug: str, kind: str) -> ResponseReturnValue:
    """The newest of an author, as Atom or as JSON Feed."""
    author = queries.published_author_or_404(slug)
    head = atom.FeedHead(
        title=_("%(author)s at %(site)s", author=author.name, site=site().name),
        description=author.bio,
        path=url_for(".show", slug=slug),
        feed_path=url_for(".feed", slug=slug, kind=kind),
        id=base_url() + url_for(".show", slug=slug),
    )
    public_page("articles", "settings")
    newest = articles.newest_whole_by(author, syndication.IN_FEED)
    return syndication.feed_answer(head, newest)


@bp.get("/authors/<slug>/portrait.svg")
def portrait(slug: str) -> ResponseReturnValue:
    """The drawn portrait. Its address changes with it, so it may be kept forever.

    Whoever knows the fingerprint in its address may see it whatever is public of them: it is in the admin, too.
    """
    author = queries.author_at(slug)
    if request.args.get("v") == drawing.portrait_fingerprint(author.name, author.slug):
        keep = f"public, max-age={YEAR_SECONDS}, immutable"
    else:
        author = queries.published_author_or_404(slug)
        keep = "public, max-age=60"
    public_page("articles")
    drawn = drawing.portrait_svg(author.name, author.slug)
    return Response(drawn, mimetype="image/svg+xml", headers={"Cache-Control": keep})


def _everyone() -> Crumb:
    return Crumb(_("Authors"), url_for("authors.index"))
