"""The comments of one article as an Atom feed (RFC 4287): how a reader without an account follows a conversation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from feedgenerator import Atom1Feed
from flask import Response, url_for
from flask_babel import gettext as _

from shop.blueprints.articles.models import Article, ArticleKind
from shop.blueprints.comments import queries
from shop.blueprints.comments.blueprints import bp
from shop.blueprints.comments.places import comments_tag
from shop.blueprints.comments.reading import threads
from shop.core.site import site
from shop.core.text import fit_for_xml
from shop.core.web.security import absolute_url, base_url
from shop.plugins.api import ArticleView, public_page

ENTRIES = 50
# XML 1.0, 2.2: these can't stand in a document, not even escaped.


@bp.get("/articles/<slug>/comments.xml")
def atom(slug: str) -> Response:
    """The newest comments, answers among them, newest first."""
    article = queries.article_at(slug)
    public_page(f"article:{article.id}", comments_tag(article.id), "settings")
    return Response(_written(article), content_type="application/atom+xml; charset=utf-8")


def of_article(*, article: ArticleView) -> Mapping[str, Any] | None:
    """What the link in an article's head needs."""
    if article.kind != ArticleKind.ARTICLE:
        return None
    return {"url": url_for("comments.atom", slug=article.slug)}


def _written(article: Article) -> str:
    title = _("Comments on “%(title)s”", title=article.title)
    address = absolute_url("articles.show", slug=article.slug)
    feed = Atom1Feed(
        title=fit_for_xml(title),
        link=address,
        description=fit_for_xml(site().name),
        language=site().language,
        feed_url=absolute_url("comments.atom", slug=article.slug),
        feed_guid=f"{base_url()}/articles/{article.id}/comments",
        author_name=fit_for_xml(site().name),
    )
    for comment in threads.newest_comments(article.id, limit=ENTRIES):
        name = fit_for_xml(comment.author_name)
        permalink = absolute_url("comments.show", comment_id=comment.id)
        feed.add_item(
            title=_("%(name)s on “%(title)s”", name=name, title=fit_for_xml(article.title)),
            link=permalink,
            description="",
            content=fit_for_xml(comment.body_html),
            author_name=name,
            unique_id=permalink,
            pubdate=comment.published_at,
            updateddate=comment.edited_at or comment.published_at,
        )
    return str(feed.writeString("utf-8"))
