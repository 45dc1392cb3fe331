"""The shape of a redirect."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import StringField

from shop.blueprints.redirects.models import LONGEST_ADDRESS
from shop.plugins.api.forms import Form, one_line


class RedirectForm(Form):
    """From an old address to a page."""

    source = StringField(
        _l("Old web address"),
        description=_l("For example /2011/05/17/my-post/. The part after the host is enough."),
        **one_line(LONGEST_ADDRESS, missing=_l("Enter the old web address.")),
    )
    target = StringField(
        _l("Page it leads to"),
        description=_l("A page of this site, for example /articles/my-post."),
        **one_line(LONGEST_ADDRESS, missing=_l("Enter the page it leads to.")),
    )


class TableForm(Form):
    """A CSV file of redirects."""

    file = FileField(
        _l("CSV file"),
        description=_l("Two columns: the old web address and the page. At most 400 kB."),
        validators=[FileRequired(_l("Choose a file."))],
    )
