"""The shape of what staff write about orders."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import TextAreaField

from shop.core.web.forms import Form, several_lines


class NoteForm(Form):
    """A note on an order."""

    body = TextAreaField(_l("Note"), **several_lines(2000, missing=_l("Enter a note.")))
