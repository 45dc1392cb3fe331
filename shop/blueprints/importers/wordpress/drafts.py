"""What becomes of an item here, decided before anything is stored."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from html import escape

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from shop.blueprints.articles.models import (
    EXCERPT_LENGTH,
    TITLE_LENGTH,
    ArticleKind,
    ArticleState,
)
from shop.blueprints.importers.html import conversion
from shop.blueprints.importers.pictures import Pictures
from shop.blueprints.importers.wordpress import markup
from shop.blueprints.importers.wordpress.fields import fields_as_html, has_words
from shop.blueprints.importers.wordpress.reading import WxrItem
from shop.blueprints.importers.wordpress.shortcodes import Shortcodes
from shop.blueprints.importers.wordpress.survey import SiteSurvey
from shop.core import markdown, text
from shop.core.languages import names
from shop.plugins.api import Refused

KINDS = {"post": ArticleKind.ARTICLE, "page": ArticleKind.PAGE}
"""What a type of WordPress is here; the owner may name more of them."""
_PRODUCTS = _l(
    "products come in by the import of WooCommerce, which takes its own table (CSV) or this file"
)
_NOT_ARTICLES = {
    "attachment": _l(
        "an attachment comes in with the text that shows it, where images are given or downloaded"
    ),
    "revision": _l("earlier versions are not imported"),
    "wp_block": _l("a block that several texts share; it stands in each of them"),
    "product": _PRODUCTS,
    "product_variation": _PRODUCTS,
    "shop_order": _l("orders come in with their own file, a CSV of all orders"),
}
_OF_THE_MACHINE = re.compile(
    r"wp_\w+|acf-\w+|custom_css|customize_changeset|oembed_cache|elementor_\w+|et_\w+|wpcf7_\w+|wpforms\w*|mc4wp-\w+"
    r"|nf_\w+|amp_\w+|jp_\w+|feedback|shop_\w+|scheduled-action|user_request|ml-slider|popup|astra-\w+|fl-\w+"
)
"""Types in which WordPress, its themes and its plugins keep settings, forms and logs."""
_STATES = {
    "publish": ArticleState.PUBLISHED,
    "future": ArticleState.PUBLISHED,
    "draft": ArticleState.DRAFT,
    "pending": ArticleState.DRAFT,
    "private": ArticleState.DRAFT,
}
_NOT_WRITTEN = {
    "trash": _l("it was in the WordPress trash"),
    "auto-draft": _l(
        "WordPress created it automatically when the editor was opened; nothing was saved in it"
    ),
    "inherit": _l("it is an earlier version of another text"),
}
_FOLDER = re.compile(r"https?://[^?#]+/")
"""The address of a page from which `team/` leads to one below it."""
MOST_TAGS = 10


@dataclass(slots=True)
class PostDraft:
    """An article or a page to be stored; `notes` say what differs from the original."""

    kind: ArticleKind
    title: str
    slug: str
    body: str
    excerpt: str
    state: ArticleState
    published_at: datetime | None
    tags: list[str]
    cover_id: int | None = None
    language: str = ""
    notes: list[str] = field(default_factory=list)


def post_draft(
    item: WxrItem, survey: SiteSurvey, pictures: Pictures, kinds: Mapping[str, ArticleKind]
) -> PostDraft:
    """The article that an item becomes. `kinds` are the types that come in, and what each is here.

    Raises:
        Refused: it is none, or can't be one; the message says why.
    """
    _require_article(item, kinds)
    converted = markup.post_to_markdown(
        _with_footnotes(item) + _said_in_fields(item, survey),
        base=item.link if _FOLDER.fullmatch(item.link) else f"{survey.address}/",
        shortcodes=_shortcodes(item, survey),
        pictures=pictures,
        reusable=survey.reusable,
    )
    draft = PostDraft(
        kind=kinds[item.kind],
        title="",
        slug=item.slug,
        body=_with_featured(pictures.in_library(converted.markdown), item, survey, pictures),
        excerpt=conversion.to_plain(item.excerpt),
        state=_STATES.get(item.status, ArticleState.DRAFT),
        published_at=_published_at(item, survey),
        tags=[],
        cover_id=pictures.number_of(survey.pictures.get(item.picture or 0, "")),
        notes=list(converted.notes),
    )
    _name(draft, item)
    _tag(draft, item)
    _hide(draft, item)
    _speak(draft, item)
    draft.notes.extend(_lost(draft, item, survey, pictures))
    return draft


def _said_in_fields(item: WxrItem, survey: SiteSurvey) -> str:
    """What the own fields of a page say whose text says nothing."""
    is_made_of_them = item.fields and not has_words(item.content)
    return fields_as_html(item.fields, survey.pictures) if is_made_of_them else ""


def _with_featured(body: str, item: WxrItem, survey: SiteSurvey, pictures: Pictures) -> str:
    """The text below its featured image, unless that is its cover or stands in the text as well."""
    featured = survey.pictures.get(item.picture or 0, "")
    kept = "" if pictures.number_of(featured) else pictures.kept_at(featured)
    return f"![]({kept})\n\n{body}" if kept and f"({kept})" not in body else body


def _with_footnotes(item: WxrItem) -> str:
    entries = "".join(f'<li id="{escape(name)}">{content}</li>' for name, content in item.footnotes)
    return f"{item.content}\n<ol>{entries}</ol>" if entries else item.content


def _shortcodes(item: WxrItem, survey: SiteSurvey) -> Shortcodes:
    own = survey.pictures_of.get(item.number or 0, [])
    return Shortcodes(survey.pictures, tuple(survey.pictures[number] for number in own))


def _published_at(item: WxrItem, survey: SiteSurvey) -> datetime | None:
    if item.published_at is not None and item.is_local:
        return item.published_at - survey.ahead
    return item.published_at


def _lost(draft: PostDraft, item: WxrItem, survey: SiteSurvey, pictures: Pictures) -> Iterator[str]:
    """What it had there and has not here."""
    if len(draft.excerpt) > EXCERPT_LENGTH:
        yield _("its excerpt was cut to %(limit)s characters", limit=EXCERPT_LENGTH)
    if item.is_sticky:
        yield _("it was sticky; articles stand in the order of their dates here")
    if item.parent and draft.kind is ArticleKind.PAGE:
        yield _(
            "it was below another page; pages stand side by side here, and its old address leads to it"
        )
    if len(item.authors) > 1:
        yield _("it had several authors; the first one is named")
    if item.fields and has_words(item.content):
        names = ", ".join(name for name, _value in item.fields)
        yield _("its own fields were left out: %(names)s", names=text.excerpt(names, 200))
    featured = survey.pictures.get(item.picture or 0, "")
    if featured and not pictures.kept_at(featured):
        yield _("its featured image was not downloaded: %(address)s", address=featured)


def _require_article(item: WxrItem, kinds: Mapping[str, ArticleKind]) -> None:
    if item.kind not in kinds:
        raise Refused(str(_NOT_ARTICLES.get(item.kind) or _why_not(item.kind)))
    if item.number is None:
        raise Refused(_("it has no wp:post_id, so it could not be recognised in a second import"))
    if item.status in _NOT_WRITTEN:
        raise Refused(str(_NOT_WRITTEN[item.status]))


def _why_not(kind: str) -> str:
    if not kind:
        said: str = _("an item without a type is neither a post nor a page")
    elif _OF_THE_MACHINE.fullmatch(kind):
        said = _("%(kind)s is a part of the theme or of a plugin, not a text", kind=kind)
    else:
        said = _(
            "%(kind)s is neither a post nor a page; name it among the further types (--as-article, --as-page)",
            kind=kind,
        )
    return said


def _name(draft: PostDraft, item: WxrItem) -> None:
    title = conversion.to_plain(item.title)
    if len(title) > TITLE_LENGTH:
        draft.notes.append(_("its title was cut to %(limit)s characters", limit=TITLE_LENGTH))
        title = text.excerpt(title, TITLE_LENGTH)
    draft.title = title or text.excerpt(markdown.plain_text(draft.body), 60) or "Untitled"
    if not title:
        draft.notes.append(_("it had no title; its title is now “%(title)s”", title=draft.title))


def _tag(draft: PostDraft, item: WxrItem) -> None:
    if draft.kind is ArticleKind.PAGE:
        return
    names: dict[str, str] = {}
    for name in (conversion.to_plain(term.name) for term in item.terms):
        slug = text.slugify(name)
        if slug and len(name) <= 80:
            names.setdefault(slug, name)
        else:
            draft.notes.append(
                _(
                    "the tag “%(value)s” was left out, because it can’t be part of a web address",
                    value=name[:80],
                )
            )
    draft.tags = list(names.values())[:MOST_TAGS]
    if len(names) > MOST_TAGS:
        draft.notes.append(
            ngettext(
                "%(num)d of its tags was left out; the limit is %(limit)s",
                "%(num)d of its tags were left out; the limit is %(limit)s",
                len(names) - MOST_TAGS,
                limit=MOST_TAGS,
            )
        )


def _speak(draft: PostDraft, item: WxrItem) -> None:
    """Say in which language it is, where the file does (Polylang), by the tag as we write it."""
    wanted = item.language.replace("_", "-").casefold()
    draft.language = next((tag for tag in names.OF_TEXTS if tag.casefold() == wanted), "")
    if wanted and not draft.language:
        draft.notes.append(
            _("its language “%(value)s” is not known here", value=item.language[:20])
        )


def _hide(draft: PostDraft, item: WxrItem) -> None:
    if item.password:
        draft.state = ArticleState.DRAFT
        draft.notes.append(
            _(
                "it was protected by a password, which is not supported here; it was saved as a draft"
            )
        )
    elif item.status != "draft" and draft.state is ArticleState.DRAFT:
        draft.notes.append(_("it was %(status)s; it was saved as a draft", status=item.status))
    is_empty = draft.state is ArticleState.PUBLISHED and not draft.body.strip()
    if is_empty and item.builders:
        draft.state = ArticleState.DRAFT
        draft.notes.append(
            _(
                "its text is in data of the page builder %(name)s, which are not read; it was saved as a draft",
                name=item.builders[0],
            )
        )
    elif is_empty and (item.content.strip() or item.fields):
        draft.state = ArticleState.DRAFT
        draft.notes.append(_("nothing of its text could be kept; it was saved as a draft"))
    if draft.state is ArticleState.PUBLISHED and draft.published_at is None:
        draft.state = ArticleState.DRAFT
        draft.notes.append(_("it had no date; it was saved as a draft"))
