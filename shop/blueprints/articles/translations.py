"""Articles that say the same in several languages: one is the original, the others are translations of it.

An article whose `language` is empty is in the language of the site.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import load_only

from shop.blueprints.articles import queries
from shop.blueprints.articles.models import Article
from shop.core.languages import names
from shop.core.site import site
from shop.core.web.security import base_url
from shop.plugins.api import Refused, db


@dataclass(frozen=True, slots=True)
class InLanguage:
    """A public article of a group of translations; `name` is what its language calls itself."""

    language: str
    name: str
    url: str
    is_original: bool
    is_this: bool


def article_language(article: Article) -> str:
    """The tag of the language that an article is in: `de`, `en-GB`."""
    return article.language or site().language


def differs(article: Article) -> bool:
    """Whether it is in another language than the page around it."""
    return bool(article.language) and article.language != site().language


def in_languages(article: Article) -> list[InLanguage]:
    """An article and its translations, as far as they are public, by tag; none where it is alone."""
    if not (article.translation_of_id or article.has_translations):
        return []
    columns = load_only(Article.kind, Article.slug, Article.language, Article.translation_of_id)
    found = db.session.scalars(
        select(Article).where(_together_with(article), queries.is_public()).options(columns)
    ).all()
    if len(found) < 2:
        return []
    return sorted((_in_language(each, article) for each in found), key=lambda each: each.language)


def write_in(article: Article, tag: str) -> None:
    """Say in which language an article is: a tag of `names.OF_TEXTS`, or empty for that of the site.

    Raises:
        Refused: it is no language that is offered.
    """
    if tag and tag not in names.OF_TEXTS and tag != article.language:
        raise Refused(_("Choose one of the options."), field="language")
    article.language = tag


def link(article: Article, slug: str) -> None:
    """Make an article the translation of the one at an address, or with an empty `slug` of none. What was translated
    from it becomes a translation of that too.

    Raises:
        Refused: there is no such article, or it is in the same language, or it is this one.
    """
    if not slug:
        article.translation_of_id = None
        return
    here = (Article.kind == article.kind) & (Article.slug == slug)
    other = db.session.scalar(select(Article).where(here))
    if other is None or other.removed_at is not None:
        raise Refused(_("There is nothing at this web address."), field="translation_of")
    original = db.session.get_one(Article, other.translation_of_id or other.id)
    if original.id == article.id:
        raise Refused(_("This is the original already, or the same text."), field="translation_of")
    if article.id:
        followers = update(Article).where(Article.translation_of_id == article.id)
        db.session.execute(followers.values(translation_of_id=original.id))
    article.translation_of_id = original.id
    original.has_translations = True


def refuse_second(article: Article) -> None:
    """Refuse two translations into one language: no reader would know which.

    Raises:
        Refused: another one is in the same language.
    """
    if not (article.translation_of_id or article.has_translations):
        return
    others = db.session.scalars(
        select(Article).where(
            _together_with(article), Article.id != article.id, Article.removed_at.is_(None)
        )
    )
    for other in others:
        if article_language(other) == article_language(article):
            said = _("“%(title)s” is already in this language.", title=other.title)
            raise Refused(said, field="language")


def original_slug(article: Article) -> str:
    """The address of what an article is a translation of; empty where it is none."""
    original = (
        queries.article_by_id(article.translation_of_id) if article.translation_of_id else None
    )
    return original.slug if original else ""


def _together_with(article: Article) -> ColumnElement[bool]:
    original_id = article.translation_of_id or article.id
    return or_(Article.id == original_id, Article.translation_of_id == original_id)


def _in_language(each: Article, article: Article) -> InLanguage:
    endpoint = "articles.page" if each.is_page else "articles.show"
    tag = article_language(each)
    return InLanguage(
        language=tag,
        name=names.own_name(tag),
        url=base_url() + url_for(endpoint, slug=each.slug),
        is_original=each.translation_of_id is None,
        is_this=each.id == article.id,
    )
