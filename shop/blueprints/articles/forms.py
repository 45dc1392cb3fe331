"""The shape of an article and a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    DateTimeLocalField,
    Field,
    HiddenField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import Optional

from shop.blueprints.articles import translations
from shop.blueprints.articles.bodies import gate_of
from shop.blueprints.articles.models import (
    EXCERPT_LENGTH,
    SLUG_LENGTH,
    TITLE_LENGTH,
    Article,
    ArticleState,
    Author,
    Menu,
)
from shop.blueprints.articles.services import Fields
from shop.core.dates import site_time
from shop.core.languages import names
from shop.core.markdown import MAX_ARTICLE
from shop.core.web.forms import between, choices_of, with_folded_lines
from shop.plugins import registry
from shop.plugins.api import ArticleView
from shop.plugins.api.forms import Form, Required, one_line, several_lines, typed_moment
from shop.plugins.fields.custom_forms import (
    FieldGroup,
    data_of_custom_fields,
    field_groups,
    given_custom_fields,
)

MOST_ORDER = 1000
EARLIEST, LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


def _sensible(_form: Any, field: Field) -> None:
    if field.data and not EARLIEST <= field.data.replace(tzinfo=UTC) <= LATEST:
        raise ValidationError(_l("Choose a date between 1900 and 2200."))


def _gates() -> list[SelectChoice]:
    offered = [SelectChoice(each.name, each.label) for each in registry().article_gates]
    return [SelectChoice("", _l("Everyone")), *offered]


def _languages() -> list[SelectChoice]:
    offered = [SelectChoice(tag, names.own_name(tag)) for tag in names.OF_TEXTS]
    return [SelectChoice("", _l("Language of the site")), *offered]


class WritingForm(Form):
    """What articles and pages have in common. `version` is the one that was opened for editing."""

    version = HiddenField()
    title = TextAreaField(
        _l("Title"),
        **with_folded_lines(one_line(TITLE_LENGTH, missing=_l("Enter a title."))),
    )
    slug = StringField(
        _l("Web address"),
        description=_l("The last part of the page’s URL. Leave empty to create it from the title."),
        **one_line(SLUG_LENGTH, required=False),
    )
    excerpt = TextAreaField(
        _l("Summary"),
        description=_l("One or two sentences, shown below the title and in lists."),
        **several_lines(EXCERPT_LENGTH, required=False),
    )
    body = TextAreaField(
        _l("Text"),
        **several_lines(MAX_ARTICLE, required=False),
    )
    meta_description = StringField(
        _l("Description for search engines"), **one_line(EXCERPT_LENGTH, required=False)
    )
    state = SelectField(
        _l("Status"),
        choices=choices_of(ArticleState),
        default=ArticleState.DRAFT,
        validators=[Required(_l("Choose a status."))],
    )
    language = SelectField(_l("Language"), choices=_languages, default="", validate_choice=False)
    translation_of = StringField(
        _l("Translation of"),
        description=_l(
            "Web address of the original, if this is a translation. Readers of one find the other."
        ),
        **one_line(SLUG_LENGTH, required=False),
    )
    published_at = DateTimeLocalField(
        _l("Publish at"),
        format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        validators=[Optional(), _sensible],
    )
    cover = IntegerField(
        _l("Cover image"),
        description=_l("Shown on cards, above the text and where the article is shared."),
        validators=[Optional(), between(1, 2**31)],
    )

    def show(self, article: Article) -> None:
        """Fill in what is stored."""
        self.version.data = str(article.version)
        for name in ("title", "slug", "excerpt", "body", "meta_description", "state"):
            self[name].data = getattr(article, name)
        self.published_at.data = site_time(article.published_at) if article.published_at else None
        self.language.data = article.language
        self.translation_of.data = translations.original_slug(article)
        self.cover.data = article.cover_id
        for name, value in data_of_custom_fields(ArticleView, article.id).items():
            self[name].data = value

    def fields(self, article: Article | None = None) -> Fields:
        """What was filled in, as the services take it; `article` is what was opened for editing."""
        linked: Fields = {}
        if self.language.raw_data:  # where nothing was asked, it stays as it is
            linked["language"] = self.language.data or ""
        if self.translation_of.raw_data:
            linked["translation_of"] = self.translation_of.data or ""
        if self.cover.raw_data:
            linked["cover_id"] = self.cover.data
        return {
            **linked,
            "title": self.title.data or "",
            "slug": self.slug.data or "",
            "excerpt": self.excerpt.data or "",
            "body": self.body.data or "",
            "meta_description": self.meta_description.data or "",
            "state": self.state.data,
            "published_at": self._moment(article),
        }

    def _moment(self, article: Article | None) -> datetime | None:
        """The chosen hour of the site's clock, in UTC. What is shown and was not changed stays to the second, and stays
        the second one of an hour that comes twice when the clock is put back.
        """
        chosen: datetime | None = self.published_at.data
        if chosen is None:
            return None
        if article is not None and article.published_at is not None:
            shown = site_time(article.published_at).replace(second=0, microsecond=0, tzinfo=None)
            if chosen.replace(tzinfo=None) == shown:
                return article.published_at
        return typed_moment(self.published_at)

    def groups(self) -> Sequence[FieldGroup]:
        """The fields of plugins, for templates."""
        return field_groups(self, ArticleView)

    def custom(self) -> Mapping[str, Mapping[str, Any]]:
        """What was entered into the fields of plugins."""
        return given_custom_fields(self, ArticleView)

    @property
    def opened_version(self) -> int | None:
        """The version that was opened for editing; a wrong one is treated as an old one."""
        value = self.version.data or ""
        return int(value) if value.isdecimal() and len(value) < 10 else 0


class ArticleForm(WritingForm):
    """An article. Give it the authors to choose from."""

    author = SelectField(_l("Author"), coerce=str, default="")
    tags = StringField(
        _l("Tags"),
        description=_l("Separate tags with commas. Put the main tag first."),
        **one_line(400, required=False),
    )
    related_guides = StringField(
        _l("Related products"),
        description=_l(
            "Web addresses of products, separated by commas. The first one is shown beside the text."
        ),
        **one_line(400, required=False),
    )
    gate = SelectField(
        _l("Who may read all of it"),
        description=_l(
            "The others read how it begins: up to the line for that, which “What you can write” shows, "
            "or else the first paragraph."
        ),
        choices=_gates,
        default="",
        validate_choice=False,  # one that is not there any more stays; services refuse what never was
    )
    comments_open = BooleanField(_l("Allow comments"), default=True)

    def offer(self, authors: Sequence[Author] | None) -> None:
        """Set the authors to choose from; None where there is no choice."""
        if authors is None:
            del self.author
            return
        self._authors = {str(author.id): author for author in authors}
        pairs = [(str(author.id), author.name) for author in authors]
        self.author.choices = [
            SelectChoice(value, label) for value, label in (("", _l("No author")), *pairs)
        ]

    def show(self, article: Article) -> None:
        """Fill in what is stored."""
        super().show(article)
        if "author" in self:
            self.author.data = str(article.author_id or "")
        self.tags.data = ", ".join(tag.name for tag in article.tags)
        self.related_guides.data = ", ".join(article.related_guides)
        self.comments_open.data = article.comments_open
        self.gate.data = article.gate
        if article.gate and not gate_of(article):
            lost = _l("Nobody: “%(name)s” is not installed", name=article.gate)
            self.gate.choices = [*_gates(), SelectChoice(article.gate, lost)]

    def fields(self, article: Article | None = None) -> Fields:
        """What was filled in, as the services take it; `article` is what was opened for editing."""
        chosen: Fields = {}
        if "author" in self:
            chosen["author"] = self._authors.get(self.author.data or "")
        if self.gate.raw_data:  # where nothing was asked, it stays as it is
            chosen["gate"] = self.gate.data or ""
        return {
            **super().fields(article),
            **chosen,
            "tags": _names(self.tags.data),
            "related_guides": _names(self.related_guides.data),
            "comments_open": bool(self.comments_open.data),
        }


class PageForm(WritingForm):
    """A standing page."""

    cover = IntegerField(
        _l("Cover image"),
        description=_l("Shown above the text and where the page is shared."),
        validators=[Optional(), between(1, 2**31)],
    )
    menu = SelectField(
        _l("Menu"),
        choices=choices_of(Menu),
        default=Menu.NONE,
    )
    menu_order = IntegerField(
        _l("Position in the menu"),
        description=_l("Smaller numbers come first."),
        default=50,
        validators=[Optional(), between(0, MOST_ORDER)],
    )
    comments_open = BooleanField(_l("Allow comments"), default=False)

    def show(self, article: Article) -> None:
        """Fill in what is stored."""
        super().show(article)
        self.menu.data = article.menu
        self.menu_order.data = article.menu_order
        self.comments_open.data = article.comments_open

    def fields(self, article: Article | None = None) -> Fields:
        """What was filled in, as the services take it; `article` is what was opened for editing."""
        return {
            **super().fields(article),
            "menu": self.menu.data,
            "menu_order": self.menu_order.data if self.menu_order.data is not None else 50,
            "comments_open": bool(self.comments_open.data),
        }


def _names(value: str | None) -> list[str]:
    return [name.strip() for name in (value or "").split(",") if name.strip()]
