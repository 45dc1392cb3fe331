"""The shape of a comment."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    EmailField,
    Field,
    HiddenField,
    StringField,
    TextAreaField,
    ValidationError,
)

from shop.core.markdown import MAX_COMMENT
from shop.plugins.api.forms import Form, email_address, one_line, several_lines

_SECONDS = re.compile(r"[0-9]{1,7}(?:\.[0-9]{1,6})?")
_ID = re.compile(r"[1-9][0-9]{0,14}")


def has_something_to_see(_form: Any, field: Field) -> None:
    """Refuse what consists of invisible characters alone.

    Raises:
        ValidationError: it does.
    """
    if field.data and not any(unicodedata.category(each)[0] in "LNPS" for each in field.data):
        raise ValidationError(
            _l("Use letters or digits. Invisible characters alone are not enough.")
        )


def id_in(given: str) -> int:
    """The number of a comment; 0, which is none, for what can't be one."""
    return int(given) if _ID.fullmatch(given) else 0


_NAME = one_line(80, missing=_l("Enter your name."))
_BODY = several_lines(MAX_COMMENT, missing=_l("Enter a comment."))


class CommentForm(Form):
    """The form under an article. Other forms may be on the same page, hence the ids.

    `website` is the honeypot; `seconds` is filled by a script and says how long the page was open.
    """

    author = StringField(
        _l("Name"),
        id="comment-author",
        filters=_NAME["filters"],
        validators=[*_NAME["validators"], has_something_to_see],
    )
    email = EmailField(_l("Email"), id="comment-email", **email_address())
    body = TextAreaField(
        _l("Comment"),
        id="comment-body",
        filters=_BODY["filters"],
        validators=[*_BODY["validators"], has_something_to_see],
    )
    answers = BooleanField(_l("Tell me when someone replies"), id="comment-answers")
    parent = HiddenField(id="comment-parent")
    seconds = HiddenField(id="comment-seconds")
    website = StringField(id="comment-website")

    def fill_in(self, name: str, email: str) -> None:
        """Take from the account what someone who is signed in left empty."""
        for field, known in ((self.author, name), (self.email, email)):
            if not field.data:
                field.raw_data, field.data = [known], known

    @property
    def parent_id(self) -> int | None:
        """The comment that is answered: None for none, 0 for what can't be one."""
        given = (self.parent.data or "").strip()
        if not given:
            return None
        return id_in(given)

    @property
    def seconds_to_write(self) -> float | None:
        """Seconds since the page was opened, or None when no script said so."""
        given = (self.seconds.data or "").strip()
        return float(given) if _SECONDS.fullmatch(given) else None


class EditForm(Form):
    """The text of a comment, to be changed by its author."""

    body = TextAreaField(
        _l("Comment"),
        id="comment-body",
        filters=_BODY["filters"],
        validators=[*_BODY["validators"], has_something_to_see],
    )
