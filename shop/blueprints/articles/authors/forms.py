"""The shape of an author."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from wtforms import EmailField, IntegerField, StringField, TextAreaField
from wtforms.validators import Optional

from shop.blueprints.articles.authors.services import BIO_LENGTH, AuthorFields
from shop.blueprints.articles.models import SLUG_LENGTH, Author
from shop.core.web.forms import between
from shop.plugins.api.forms import Form, email_address, one_line, several_lines


class AuthorForm(Form):
    """Who writes."""

    name = StringField(_l("Name"), **one_line(80, missing=_l("Enter the author’s name.")))
    slug = StringField(
        _l("Web address"),
        description=_l(
            "The last part of the page’s URL. Leave empty to create it from the name. "
            "An old address leads to the new one."
        ),
        **one_line(SLUG_LENGTH, required=False),
    )
    bio = TextAreaField(
        _l("About"),
        description=_l("Shown on the author’s page and below their articles."),
        **several_lines(BIO_LENGTH, required=False),
    )
    links = TextAreaField(
        _l("Links"),
        description=_l(
            "Their own site and profiles elsewhere, one web address on each line. Search engines read them too."
        ),
        **several_lines(2000, required=False),
    )
    portrait = IntegerField(
        _l("Portrait"),
        description=_l("An image of the library. Without one, the initials are drawn."),
        validators=[Optional(), between(1, 2**31)],
    )
    email = EmailField(
        _l("Email of their account"),
        description=_l(
            "With the role Author, this person can change this author’s articles. Leave it empty if "
            "they do not sign in."
        ),
        **email_address(required=False),
    )

    def show(self, author: Author, email: str) -> None:
        """Fill in what is stored."""
        self.name.data, self.slug.data, self.bio.data = author.name, author.slug, author.bio
        self.links.data = "\n".join(author.links)
        self.portrait.data, self.email.data = author.portrait_id, email

    def fields(self) -> AuthorFields:
        """What was filled in, as the services take it; the portrait only where it was asked for."""
        chosen: AuthorFields = {"portrait_id": self.portrait.data} if self.portrait.raw_data else {}
        return {
            **chosen,
            "name": self.name.data or "",
            "slug": self.slug.data or "",
            "bio": self.bio.data or "",
            "links": _lines(self.links.data),
        }


def _lines(value: str | None) -> Sequence[str]:
    return (value or "").splitlines()
