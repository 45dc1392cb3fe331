"""The shape of a series."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import StringField, TextAreaField

from shop.blueprints.articles.models import TITLE_LENGTH
from shop.blueprints.articles.series.services import DESCRIPTION_LENGTH
from shop.plugins.api.forms import Form, one_line, several_lines


class SeriesForm(Form):
    """What is said of a series."""

    title = StringField(_l("Title"), **one_line(TITLE_LENGTH, missing=_l("Enter a title.")))
    description = TextAreaField(
        _l("Description"),
        description=_l("Shown above its parts."),
        **several_lines(DESCRIPTION_LENGTH, required=False),
    )


class PartForm(Form):
    """An article to add."""

    article = StringField(
        _l("Add an article"),
        description=_l("Its title or its web address."),
        **one_line(400, missing=_l("Enter the title or the web address of an article.")),
    )
