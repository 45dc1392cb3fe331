"""The magazine: front page, lists, articles, pages."""

from __future__ import annotations

from functools import partial
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from shop.blueprints.accounts.queries import current_account
from shop.blueprints.articles import desk, queries, sharing, structured, syndication, translations
from shop.blueprints.articles.around.parts import languages_of, neighbours_of, place_in_series
from shop.blueprints.articles.authors import queries as authors
from shop.blueprints.articles.authors.portraits import portrait_of
from shop.blueprints.articles.bodies import Audience, GateFailed, audience_of, gate_of
from shop.blueprints.articles.cards import cards, neighbour_cards
from shop.blueprints.articles.insets.embeds import framed
from shop.blueprints.articles.models import Article, ArticleKind
from shop.blueprints.articles.read_model import article_view
from shop.blueprints.articles.rendering import rendered
from shop.blueprints.articles.tags.queries import tag_moved_from
from shop.blueprints.articles.writing.models import SharedDraft
from shop.blueprints.articles.writing.sharing_drafts import draft_behind
from shop.core import clock
from shop.core.covers import initials
from shop.core.languages import names
from shop.core.markdown import Document
from shop.core.site import site
from shop.core.web import shared_pictures
from shop.core.web.breadcrumbs import Crumb
from shop.core.web.feeds import atom
from shop.core.web.security import base_url
from shop.plugins import guarded
from shop.plugins.api import ArticleView, NotFound, notify, public_page, visitor
from shop.plugins.drawing.loading import drawn_template
from shop.plugins.drawing.slots import NOTHING, Handed
from shop.plugins.fields.custom_fields import public_fields

bp = Blueprint("articles", __name__)

ON_FRONT_PAGE = 7  # one at large, and two rows of three


@bp.get("/")
def home() -> ResponseReturnValue:
    """The newest article at the head, some others, and what plugins add."""
    public_page("articles", "settings")
    return render_template(
        "articles/home.html",
        articles=cards(queries.latest_articles(ON_FRONT_PAGE)),
        shared_picture_url=sharing.picture_url_of_site(),
        structured_data=structured.website(),
    )


@bp.get("/share.png")
def shared_site() -> ResponseReturnValue:
    """What networks show of the front page, of lists and of standing pages."""
    public_page("settings")
    return shared_pictures.drawn_picture(sharing.picture_of_site())


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
    try:
        subject = queries.tag_or_404(tag)
    except NotFound:
        return redirect(url_for("articles.tagged", tag=tag_moved_from(tag).slug), 301)
    page = queries.tagged(subject, after)
    if not page.items and not after:
        raise NotFound
    crumbs = [_all_articles(), Crumb(subject.name, url_for("articles.tagged", tag=tag))]
    public_page("articles", "settings")
    return render_template(
        "articles/tagged.html",
        tag=subject,
        feed_url=url_for("articles.tagged_feed", tag=tag, kind="xml"),
        json_feed_url=url_for("articles.tagged_feed", tag=tag, kind="json"),
        articles=cards(page.items),
        next_url=url_for("articles.tagged", tag=tag, after=page.next_cursor)
        if page.next_cursor
        else "",
        **_list_addresses(crumbs, after),
    )


@bp.get("/articles/tag/<tag>/feed.<any(xml, json):kind>")
def tagged_feed(tag: str, kind: str) -> ResponseReturnValue:
    """The newest articles of a subject, as Atom or as JSON Feed."""
    subject = queries.tag_or_404(tag)
    articles = queries.newest_whole_tagged(subject, syndication.IN_FEED)
    if not articles:
        raise NotFound
    head = atom.FeedHead(
        title=_("%(subject)s at %(site)s", subject=subject.name, site=site().name),
        description=subject.description,
        path=url_for("articles.tagged", tag=tag),
        feed_path=url_for("articles.tagged_feed", tag=tag, kind=kind),
        id=base_url() + url_for("articles.tagged", tag=tag),
    )
    public_page("articles", "settings")
    return syndication.feed_answer(head, articles)


def _all_articles() -> Crumb:
    return Crumb(_("Articles"), url_for("articles.index"))


def _list_addresses(crumbs: list[Crumb], after: str | None) -> dict[str, Any]:
    first = crumbs[-1].url
    return {
        "canonical_url": base_url()
        + (f"{first}?{urlencode({'after': after})}" if after else first),
        "first_url": first if after else "",
        "crumbs": crumbs,
        "shared_picture_url": sharing.picture_url_of_site(),
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


@bp.get("/articles/<slug>/share.png")
def shared(slug: str) -> ResponseReturnValue:
    """What networks show of an article."""
    article = queries.published_article_or_404(slug)
    public_page(f"article:{article.id}", "settings")
    return shared_pictures.drawn_picture(sharing.picture_of(article))


@bp.get("/articles/<slug>/cover.svg")
def cover(slug: str) -> ResponseReturnValue:
    """The cover that is drawn for an article without a picture. Its address changes with it."""
    article = queries.published_article_or_404(slug)
    picture = sharing.picture_of(article)
    public_page(f"article:{article.id}", "settings")
    keep = "public, max-age=60"
    if request.args.get("v") == initials.initial_fingerprint(picture):
        keep = f"public, max-age={shared_pictures.YEAR_SECONDS}, immutable"
    drawn = initials.initial_svg(picture)
    return Response(drawn, mimetype="image/svg+xml", headers={"Cache-Control": keep})


@bp.get("/embeds")
def embed() -> ResponseReturnValue:
    """Our frame around the frame of another site, for the pages of this site alone."""
    found = framed(request.args.get("address", ""), request.args.get("seal", ""))
    response = make_response(render_template("articles/insets/frame.html", embed=found))
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'self'; frame-src {found.origin}; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'self'"
    )
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response


@bp.get("/pages/<slug>")
def page(slug: str) -> ResponseReturnValue:
    """One standing page."""
    return standing_page(slug)


def standing_page(slug: str, handed: Handed = NOTHING) -> ResponseReturnValue:
    """A standing page; with something `handed` to a slot on it, as `article_page`."""
    try:
        article = queries.published_article_or_404(slug, ArticleKind.PAGE)
    except NotFound:
        return _not_public(slug, ArticleKind.PAGE)
    if not handed:
        public_page(f"article:{article.id}", "settings")
    return _draw_page(article, handed=handed)


@bp.get("/articles/<slug>/whole")
def whole(slug: str) -> ResponseReturnValue:
    """All of an article behind a gate, for somebody whom it lets in. Nobody keeps this page."""
    article = queries.published_article_or_404(slug)
    beginning = redirect(url_for("articles.show", slug=slug), 303)
    if not article.gate:
        return beginning
    who = visitor()
    try:
        audience = audience_of(article, who)
    except GateFailed:
        notify(
            _("We can’t check right now whether you may read all of this. Try again in a moment."),
            "error",
        )
        return beginning
    if audience is Audience.LET_IN:
        return _draw_article(article, audience)
    if who is None:
        return redirect(url_for("accounts.sign_in", next=request.path), 303)
    notify(_("You can’t read all of this article with this account."), "info")
    return beginning


def _draw_article(
    article: Article,
    audience: Audience = Audience.EVERYONE,
    *,
    is_preview: bool = False,
    typed: Document | None = None,
    shared: SharedDraft | None = None,
    handed: Handed = NOTHING,
) -> str:
    is_beginning = bool(article.gate) and audience is Audience.EVERYONE
    around = neighbours_of(article) if not is_preview else None
    view = article_view(article)
    place = place_in_series(article) if not is_preview else None
    cover = sharing.cover_picture(article, sharing.WIDEST_AT_HEAD)
    return render_template(
        "articles/show.html",
        article=article,
        view=view,
        cover=cover,
        details=public_fields(ArticleView, article.id),
        text=typed or rendered(article, audience),
        is_typed=typed is not None,
        shared=shared,
        is_beginning=is_beginning,
        canonical_url=base_url() + url_for("articles.show", slug=article.slug),
        invitation=_invitation(article, view) if is_beginning else "",
        published_at=article.published_at or clock.now(),
        **_languages(article, is_preview=is_preview),
        around=around,
        place=place,
        portrait=portrait_of(article.author) if article.author else None,
        **_leads_on(article, is_preview=is_preview),
        related=neighbour_cards(around.related) if around else [],
        is_preview=is_preview,
        handed=handed,
        shared_picture_url=sharing.picture_url(article),
        shared_picture_is_drawn=cover is None,
        structured_data=structured.article_page(article, view, place),
    )


def _leads_on(article: Article, *, is_preview: bool) -> dict[str, Any]:
    """Which of its tags have a page, and the address of its author's: what is public has both, a draft perhaps not."""
    author = article.author
    if author is not None and is_preview and not authors.has_page(author):
        author = None
    return {
        "tags_with_page": queries.tags_with_page(article.tags)
        if is_preview
        else frozenset(tag.slug for tag in article.tags),
        "author_url": url_for("authors.show", slug=author.slug) if author else "",
    }


def _languages(article: Article, *, is_preview: bool) -> dict[str, Any]:
    """Which language it is in, where that is not the site's, and where it is in others."""
    tag = translations.article_language(article)
    is_other = translations.differs(article)
    return {
        "written_in": {"lang": tag, "dir": names.direction(tag)} if is_other else {},
        "in_languages": () if is_preview else languages_of(article),
        "shared_locale": tag.replace("-", "_"),
    }


def _invitation(article: Article, view: ArticleView) -> Markup:
    """What the gate says below the beginning of an article: the same for everyone."""
    gate = gate_of(article)
    if gate is None:
        return Markup("")

    def draw() -> Markup:
        return drawn_template(gate.template, gate.context(view))

    return guarded("article_gates", gate, draw, otherwise=Markup(""))


def _draw_page(
    article: Article,
    *,
    is_preview: bool = False,
    typed: Document | None = None,
    shared: SharedDraft | None = None,
    handed: Handed = NOTHING,
) -> str:
    view = article_view(article)
    audience = Audience.STAFF if is_preview else Audience.EVERYONE
    cover = sharing.cover_picture(article, sharing.WIDEST_AT_HEAD)
    return render_template(
        "articles/page.html",
        article=article,
        view=view,
        cover=cover,
        details=public_fields(ArticleView, article.id),
        text=typed or rendered(article, audience),
        is_typed=typed is not None,
        shared=shared,
        is_preview=is_preview,
        handed=handed,
        **_languages(article, is_preview=is_preview),
        shared_picture_url=sharing.picture_url_of_page(article),
        shared_picture_is_drawn=cover is None,
        structured_data=structured.standing_page(article, view),
    )


@bp.get("/articles/drafts/<token>")
def shared_draft(token: str) -> ResponseReturnValue:
    """An article that is not public yet, for whoever has the link. Nobody keeps it, no search engine lists it."""
    try:
        shared = draft_behind(token)
    except NotFound:
        return render_template("articles/draft_link_ended.html"), 410
    article = shared.article
    if article.is_public:
        endpoint = "articles.page" if article.is_page else "articles.show"
        return redirect(url_for(endpoint, slug=article.slug), 303)
    draw = _draw_page if article.is_page else partial(_draw_article, audience=Audience.STAFF)
    response = make_response(draw(article, is_preview=True, shared=shared))
    response.headers["X-Robots-Tag"] = "noindex, noarchive"
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Referrer-Policy"] = "no-referrer"  # the address is the secret
    return response


def typed_page(article: Article, text: Document) -> str:
    """The page of an article that is being written and is not stored like this."""
    if article.is_page:
        return _draw_page(article, is_preview=True, typed=text)
    return _draw_article(article, Audience.STAFF, is_preview=True, typed=text)


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
    if draft.is_page:
        return _draw_page(draft, is_preview=True)
    return _draw_article(draft, Audience.STAFF, is_preview=True)
