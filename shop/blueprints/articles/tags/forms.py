"""The shape of a tag."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import StringField, TextAreaField

from shop.blueprints.articles.models import SLUG_LENGTH
from shop.blueprints.articles.tagging import LONGEST_TAG
from shop.blueprints.articles.tags.services import DESCRIPTION_LENGTH
from shop.plugins.api.forms import Form, one_line, several_lines


class TagForm(Form):
    """A tag's name, and what its page says above the articles."""

    name = StringField(_l("Name"), **one_line(LONGEST_TAG, missing=_l("Enter a name.")))
    description = TextAreaField(
        _l("Description"),
        description=_l("Shown above its articles, and to search engines."),
        **several_lines(DESCRIPTION_LENGTH, required=False),
    )
    slug = StringField(
        _l("Web address"),
        description=_l("The last part of the page’s URL. An old address leads to the new one."),
        **one_line(SLUG_LENGTH, required=False),
    )


class MergeForm(Form):
    """The tag that takes the place of another."""

    into = StringField(
        _l("Tag that stays"), **one_line(LONGEST_TAG, missing=_l("Enter the name of a tag."))
    )
