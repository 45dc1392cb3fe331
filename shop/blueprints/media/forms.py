"""The shape of pictures and of what is said about them."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired, MultipleFileField
from wtforms import IntegerField, StringField, TextAreaField

from shop.core.pictures.models import ALT_LENGTH, CAPTION_LENGTH
from shop.core.web.forms import between
from shop.plugins.api.forms import Form, Required, one_line, several_lines


class UploadPicturesForm(Form):
    """Pictures to add."""

    pictures = MultipleFileField(
        _l("Images"),
        description=_l("JPEG, PNG, WebP, AVIF or GIF, at most 15 MB each. Choose several at once."),
        validators=[FileRequired(_l("Choose an image."))],
    )


class PictureForTextForm(Form):
    """One picture for a text."""

    picture = FileField(_l("Image"), validators=[FileRequired(_l("Choose an image."))])


_MISSING_FOCUS = _l("Enter a number from 0 to 100.")


class DescribePictureForm(Form):
    """What a picture shows, and what must stay in sight where it is cut."""

    alt = StringField(
        _l("Description"),
        description=_l(
            "For readers who can’t see the image. Leave it empty if it is only decoration."
        ),
        **one_line(ALT_LENGTH, required=False),
    )
    caption = TextAreaField(
        _l("Caption"),
        description=_l("Appears below the image."),
        **several_lines(CAPTION_LENGTH, required=False),
    )
    focus_x = IntegerField(
        _l("Focal point from the left, in percent"),
        validators=[Required(_MISSING_FOCUS), between(0, 100)],
        default=50,
    )
    focus_y = IntegerField(
        _l("Focal point from the top, in percent"),
        validators=[Required(_MISSING_FOCUS), between(0, 100)],
        default=50,
    )
