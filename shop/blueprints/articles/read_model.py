"""Articles as plugins see them."""

from __future__ import annotations

from shop.blueprints.articles import queries, translations
from shop.blueprints.articles.models import Article
from shop.core.web.security import absolute_url
from shop.plugins.api import ArticleView, ReadModel, TagView


def absolute_article_url(article: Article) -> str:
    """Where an article or a page is; needs no request."""
    return absolute_url("articles.page" if article.is_page else "articles.show", slug=article.slug)


def article_view(article: Article) -> ArticleView:
    """An article or a page, without its text."""
    url = absolute_article_url(article)
    return ArticleView(
        id=article.id,
        slug=article.slug,
        kind=article.kind,
        url=url,
        title=article.title,
        excerpt=article.summary,
        author=article.author.name if article.author else "",
        published_at=article.published_at,
        updated_at=article.updated_at,
        tags=tuple(TagView(tag.slug, tag.name) for tag in article.tags),
        related_guides=tuple(article.related_guides),
        reading_minutes=article.reading_minutes,
        is_public=article.is_public,
        node_id=f"{url}#{article.kind}",
        language=translations.article_language(article),
    )


def _find(key: int | str) -> ArticleView | None:
    is_id = isinstance(key, int)
    article = queries.article_by_id(int(key)) if is_id else queries.article_of_slug(str(key))
    return article_view(article) if article else None


READ_MODEL = ReadModel(ArticleView, _find)
