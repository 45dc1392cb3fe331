"""The shape of an import."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, SelectField, StringField
from wtforms.validators import InputRequired

from shop.plugins import registry
from shop.plugins.api.forms import Form, one_line


class ImportForm(Form):
    """A file of another system, and what some of them need beside it."""

    importer = SelectField(
        _l("What the file is"), validators=[InputRequired(_l("Say what the file is."))]
    )
    file = FileField(_l("File"), validators=[FileRequired(_l("Choose a file."))])
    pictures = FileField(
        _l("Images (ZIP)"),
        description=_l(
            "Only for articles and products: the images of the former site, such as the folder wp-content/uploads of "
            "WordPress or content/images of Ghost. Those in the folder of a Hugo or Jekyll site come along by "
            "themselves."
        ),
    )
    title = StringField(
        _l("Title"),
        description=_l("Only for a text file: the title of the article."),
        **one_line(200, required=False),
    )
    site = StringField(
        _l("Former web address"),
        description=_l(
            "For links between its pages, where the file does not say it, for example https://old.example."
        ),
        **one_line(200, required=False),
    )
    consent = StringField(
        _l("Where can the consent be looked up?"),
        description=_l("Only for subscribers without a date of consent."),
        **one_line(160, required=False),
    )
    as_article = StringField(
        _l("Further types to import as articles"),
        description=_l(
            "Only for WordPress, with commas between them, for example recipe,portfolio."
        ),
        **one_line(200, required=False),
    )
    as_page = StringField(
        _l("Further types to import as pages"),
        **one_line(200, required=False),
    )
    mend = BooleanField(
        _l("Repair a damaged WordPress file"),
        description=_l("Sections that end too early, control characters, bad bytes."),
    )

    def offer(self) -> None:
        """Set the importers to choose from."""
        found = sorted(registry().importers, key=lambda each: str(each.title))
        self.importer.choices = [
            ("", _("Choose a system")),
            *((each.name, each.title) for each in found),
        ]

    fetch_images = BooleanField(
        _l("Download the images of the former site"),
        description=_l("From the old site, while it is still there."),
    )


class MapForm(Form):
    """The map that mends refusals."""

    file = FileField(
        _l("Map (CSV)"),
        description=_l(
            "For comments two columns: the web address, id or title of the report, and the address of the "
            "article. For tables three: the line, the column, and the right value."
        ),
        validators=[FileRequired(_l("Choose a file."))],
    )
