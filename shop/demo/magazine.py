"""Plants what is read: authors, articles, pages and what readers wrote below them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from shop.blueprints.articles import services
from shop.blueprints.articles.authors.services import write_author
from shop.blueprints.articles.models import Article, ArticleKind, ArticleState, Author, Menu
from shop.blueprints.articles.queries import tag_or_404
from shop.blueprints.articles.series.services import add_part, write_series
from shop.blueprints.articles.tags.services import save_tag
from shop.core import clock
from shop.demo import pictures, reading
from shop.demo.reading import Text
from shop.extensions import db

_MENUS = {"about": (Menu.PRIMARY, 80)}


def plant() -> dict[str, Article]:
    """Authors, articles and pages; the articles by slug."""
    portraits = pictures.plant_pictures("portraits")
    authors = {
        row["slug"]: write_author(**row, portrait_id=portraits.get(row["slug"]))
        for row in reading.table("authors")
    }
    numbers = pictures.plant_pictures()
    articles = {
        text.about["slug"]: _article(text, authors, numbers) for text in reading.texts("articles")
    }
    for text in reading.texts("translations"):
        _article(text, authors, numbers)
    _tags()
    _series(articles)
    for order, text in enumerate(reading.texts("pages"), start=1):
        _page(text, order)
    return articles


def _article(text: Text, authors: dict[str, Author], numbers: Mapping[str, int]) -> Article:
    about = text.about
    state = ArticleState(about.get("state", "published"))
    age = timedelta(days=about["published_days_ago"])
    return services.write_article(
        import_key=f"demo:article:{about['slug']}",
        title=about["title"],
        slug=about["slug"],
        body=pictures.with_numbers(text.body, numbers),
        language=about.get("language", "en"),
        translation_of=about.get("translation_of", ""),
        cover_id=numbers.get(about.get("cover", "")),
        excerpt=about["excerpt"],
        meta_description=about["meta_description"],
        author=authors[about["author"]],
        tags=about["tags"],
        related_guides=about.get("related_guides", ()),
        state=state,
        published_at=clock.now() - age if state is ArticleState.PUBLISHED else None,
    )


def _tags() -> None:
    for row in reading.table("tags"):
        tag = tag_or_404(row["slug"])
        save_tag(tag, name=tag.name, description=row["description"])


def _series(articles: dict[str, Article]) -> None:
    for row in reading.table("series"):
        series = write_series(title=row["title"], description=row["description"])
        for slug in row["parts"]:
            add_part(series, articles[slug])


def _page(text: Text, order: int) -> None:
    menu, place = _MENUS.get(text.about["slug"], (Menu.FOOTER, order * 10))
    services.write_article(
        kind=ArticleKind.PAGE,
        import_key=f"demo:page:{text.about['slug']}",
        title=text.about["title"],
        slug=text.about["slug"],
        body=text.body,
        language="en",
        excerpt=text.about["excerpt"],
        meta_description=text.about["meta_description"],
        state=ArticleState.PUBLISHED,
        menu=menu,
        menu_order=place,
    )


def judge_comments() -> None:
    """Let the checks say what they think of each planted comment; a moderator reads it in the queue."""
    from shop.blueprints.comments.judging.rescans import jobs
    from shop.blueprints.comments.models import Comment

    jobs.weigh(db.session.scalars(select(Comment.id)).all())


def plant_comments(articles: dict[str, Article]) -> int:
    """What readers wrote, in every state; how many there are."""
    from shop.blueprints.comments.models import Comment
    from shop.blueprints.comments.moderation import picks
    from shop.blueprints.comments.services import import_comment

    planted: dict[str, Comment] = {}
    rows: list[dict[str, Any]] = reading.table("comments")
    for row in sorted(rows, key=lambda each: "parent" in each):
        planted[row["id"]], _ = import_comment(
            import_key=f"demo:comment:{row['id']}",
            article_id=articles[row["article"]].id,
            author_name=row["author"],
            email=row["email"],
            body=row["body"],
            posted_at=clock.now() - timedelta(minutes=row["minutes_ago"]),
            state=row["state"],
            parent=planted.get(row.get("parent", "")),
            is_staff=row["is_staff"],
            helpful=row.get("helpful", 0),
        )
        if row.get("is_highlighted"):
            picks.highlight(planted[row["id"]], by=None)
    return len(planted)
