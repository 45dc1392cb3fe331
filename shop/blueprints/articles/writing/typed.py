"""An article as it stands in the form, for a look at it. It is never stored."""

from __future__ import annotations

from shop.blueprints.articles.models import Article, ArticleKind, ArticleTag, Tag
from shop.blueprints.articles.services import Fields
from shop.core import clock, markdown, text
from shop.core.pictures.drawing import drawable


def typed_article(kind: ArticleKind, fields: Fields, stored: Article | None) -> Article:
    """An article of what was typed; what the form does not ask is as in the stored one. Not in the session."""
    body = fields["body"]
    cover_id = fields.get("cover_id", stored.cover_id if stored else None)
    return Article(
        id=stored.id if stored else 0,
        kind=kind,
        slug=(stored.slug if stored else "") or "draft",
        title=text.clean_line(fields["title"]),
        excerpt=fields["excerpt"],
        summary=fields["excerpt"] or text.excerpt(markdown.plain_text(body)),
        body=body,
        meta_description=fields["meta_description"],
        reading_minutes=text.reading_minutes(body),
        author=fields.get("author", stored.author if stored else None),
        state=fields["state"],
        published_at=fields["published_at"],
        related_guides=list(fields.get("related_guides", ())),
        cover=next(iter(drawable([cover_id])), None) if cover_id else None,
        updated_at=clock.now(),
        gate="",
        language=fields.get("language", stored.language if stored else ""),
        tag_links=[
            ArticleTag(tag=Tag(slug=text.slugify(name) or "tag", name=name))
            for name in fields.get("tags", ())
        ],
    )
