"""Forms for the files of a product."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, StringField, TextAreaField

from shop.blueprints.catalog.forms import STAMPED, STAMPED_HINT
from shop.blueprints.catalog.models import ProductFile
from shop.plugins.api.forms import Form, one_line, several_lines


class VersionForm(Form):
    """A new version of a file."""

    file = FileField(_l("File"), validators=[FileRequired(_l("Choose a file."))])
    version = StringField(_l("Version"), **one_line(20, missing=_l("Enter a version number.")))
    changes = TextAreaField(
        _l("What’s new"),
        description=_l("Buyers see this next to the download and in the email."),
        **several_lines(1_000, required=False),
    )
    announce = BooleanField(
        _l("Email buyers who bought it"),
        description=_l("Sends one email to each buyer who bought this product."),
    )


class FileForm(Form):
    """A file's name, and whether it is stamped."""

    name = StringField(
        _l("Name"),
        description=_l("The file name that buyers see."),
        **one_line(160, missing=_l("Enter a file name.")),
    )
    is_stamped = BooleanField(STAMPED, description=STAMPED_HINT)

    @classmethod
    def of(cls, file: ProductFile, **given: Any) -> FileForm:
        """The form as the file is now; what was sent goes before it, unless `formdata=None` is given."""
        return cls(obj=file, **given)
