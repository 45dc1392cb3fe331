"""The shape of what staff write about orders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import TextAreaField

from shop.plugins.api import OrderView
from shop.plugins.api.forms import Form, several_lines
from shop.plugins.fields.custom_forms import (
    FieldGroup,
    data_of_custom_fields,
    field_groups,
    given_custom_fields,
    with_custom_fields,
)


class FieldsForm(Form):
    """The fields of plugins on an order."""

    @classmethod
    def of(cls, order_id: int, **given: Any) -> FieldsForm:
        """The form as the order is now; what was sent goes before it, unless `formdata=None` is given."""
        stored = data_of_custom_fields(OrderView, order_id)
        return with_custom_fields(cls, OrderView)(data=stored, **given)

    def groups(self) -> Sequence[FieldGroup]:
        """Its fields, for templates."""
        return field_groups(self, OrderView)

    def custom(self) -> Mapping[str, Mapping[str, Any]]:
        """What was entered."""
        return given_custom_fields(self, OrderView)


class NoteForm(Form):
    """A note on an order."""

    body = TextAreaField(_l("Note"), **several_lines(2000, missing=_l("Enter a note.")))
