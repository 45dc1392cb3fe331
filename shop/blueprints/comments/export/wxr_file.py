"""Articles, pages and comments as WXR, the file in which WordPress sites move.

WXR has no specification; the names are those of WordPress's own exporter (wp-admin/includes/export.php). What is plain
text here is HTML there, so it is escaped once as text and once more as XML.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, TextIO
from xml.sax.saxutils import escape

from sqlalchemy import Row, select
from sqlalchemy.orm import joinedload

from shop.blueprints.articles.bodies import Audience, readable
from shop.blueprints.articles.models import Article, Author
from shop.blueprints.articles.syndication import article_endpoint
from shop.blueprints.comments.export import json_file
from shop.blueprints.comments.models import Comment, State
from shop.core.site import site
from shop.core.text import fit_for_xml
from shop.core.web.security import absolute_url, base_url
from shop.plugins.api import db
from shop.plugins.drawing.directives import render_for_elsewhere

STAFF = 1
_FIRST_AUTHOR = 2
_STATES = {
    State.APPROVED: "1",
    State.WAITING: "0",
    State.SPAM: "spam",
    State.REJECTED: "trash",
    State.ERASED: "trash",
}
_KEY = re.compile(r'<h2\b[^<>]*\bdata-number="(\d{1,3})"[^<>]*>')
_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/"
  xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"
  xmlns:wp="http://wordpress.org/export/1.2/">
<channel>
"""


def write_wxr(out: TextIO) -> int:
    """Write every article and page with all its comments; how many comments there were."""
    out.write(_HEAD)
    out.write(_element("title", site().name) + _element("link", base_url()))
    out.write(_element("wp:wxr_version", "1.2") + _element("wp:base_site_url", base_url()))
    out.writelines(f"<wp:author>{author}</wp:author>\n" for author in _authors())
    number = 0
    for article in _articles():
        out.write("<item>\n" + "".join(_about(article)))
        for row in json_file.rows(Comment.article_id == article.id):
            out.write(f"<wp:comment>{''.join(_comment(row))}</wp:comment>\n")
            number += 1
        out.write("</item>\n")
    out.write("</channel>\n</rss>\n")
    return number


def _authors() -> Iterator[str]:
    yield (
        _element("wp:author_id", STAFF)
        + _element("wp:author_login", "staff")
        + _element("wp:author_display_name", escape(site().name))
    )
    for author in db.session.scalars(select(Author).order_by(Author.id)).all():
        yield (
            _element("wp:author_id", author.id + _FIRST_AUTHOR)
            + _element("wp:author_login", author.slug)
            + _element("wp:author_display_name", escape(author.name))
        )


def _articles() -> Iterator[Article]:
    last = 0
    while True:
        article = db.session.scalar(
            select(Article)
            .options(joinedload(Article.author))
            .where(Article.id > last, Article.removed_at.is_(None))
            .order_by(Article.id)
            .limit(1)
        )
        if article is None:
            return
        last = article.id
        yield article


def _about(article: Article) -> Iterator[str]:
    at = article.published_at or article.created_at
    yield _element("title", escape(article.title))
    yield _element("link", absolute_url(article_endpoint(article.kind), slug=article.slug))
    yield _element("dc:creator", article.author.slug if article.author else "")
    yield _element("content:encoded", _with_numbers(article))
    yield _element("excerpt:encoded", escape(article.excerpt))
    yield _element("wp:post_id", article.id)
    yield _element("wp:post_date", _moment(at))
    yield _element("wp:post_date_gmt", _moment(at))
    yield _element("wp:comment_status", "open" if article.comments_open else "closed")
    yield _element("wp:post_name", article.slug)
    yield _element("wp:status", "publish" if article.is_published else "draft")
    yield _element("wp:post_type", "page" if article.is_page else "post")
    for tag in article.tags:
        nicename = escape(tag.slug, {'"': "&quot;"})
        yield f'<category domain="post_tag" nicename="{nicename}">{_cdata(escape(tag.name))}</category>\n'
    if article.language:
        yield _said_in("language", article.language)
    if original := article.translation_of_id or (article.has_translations and article.id):
        yield _said_in("post_translations", f"texts-{original}")


def _said_in(domain: str, name: str) -> str:
    """A language, or what the translations of a text share, as WordPress has them with Polylang."""
    return f'<category domain="{domain}" nicename="{name}">{name}</category>\n'


def _with_numbers(article: Article) -> str:
    """The text as HTML. The numbers of keys, which a style sheet draws here, are written out."""
    written = str(render_for_elsewhere(readable(article, Audience.STAFF)))
    return _KEY.sub(lambda found: f"{found[0]}{found[1]}. ", written)


def _comment(row: Row[*tuple[Any, ...]]) -> Iterator[str]:
    comment: Comment = row[0]
    is_gone = comment.state == State.ERASED
    yield _element("wp:comment_id", comment.id)
    yield _element("wp:comment_author", escape(comment.author_name))
    yield _element("wp:comment_author_email", comment.email)
    yield _element("wp:comment_author_url", comment.author_url)
    yield _element("wp:comment_date_gmt", _moment(comment.posted_at))
    yield _element("wp:comment_content", "(deleted)" if is_gone else comment.body_html)
    yield _element("wp:comment_approved", _STATES[State(comment.state)])
    yield _element("wp:comment_type", "comment")
    yield _element("wp:comment_parent", comment.parent_id or 0)
    yield _element("wp:comment_user_id", STAFF if comment.is_staff else 0)


def _element(name: str, value: object) -> str:
    return f"<{name}>{_cdata(str(value))}</{name}>\n"


def _cdata(value: str) -> str:
    if not re.search(r"[<>&]", value):
        return fit_for_xml(value)
    return f"<![CDATA[{fit_for_xml(value).replace(']]>', ']]]]><![CDATA[>')}]]>"


def _moment(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")
