"""The shape of a count of items."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, SelectField, StringField
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import Optional

from shop.blueprints.catalog.stock.levels import LARGEST
from shop.core.web.forms import between
from shop.plugins.api.forms import Form, one_line


class StockForm(Form):
    """What came in, went out or was counted."""

    change = SelectField(
        _l("Reason for the change"),
        choices=[
            SelectChoice("received", _l("Received")),
            SelectChoice("returned", _l("Returned by a buyer")),
            SelectChoice("written_off", _l("Lost or damaged")),
            SelectChoice("counted", _l("Counted: set the exact number")),
            SelectChoice("untracked", _l("Stop tracking stock: never sells out")),
        ],
    )
    quantity = IntegerField(_l("Quantity"), validators=[Optional(), between(0, LARGEST)])
    reason = StringField(_l("Note"), **one_line(200, required=False))

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.quantity.flags.required = True

    def validate(self, extra_validators: Any = None) -> bool:
        """Whether it says what happened, to how many (at least one), and why."""
        is_valid = bool(super().validate(extra_validators)) and self._says_why()
        if self.change.data == "untracked" or self.quantity.errors or self._says_how_many():
            return is_valid
        self.quantity.errors = [_l("Enter a quantity.")]
        return False

    def _says_why(self) -> bool:
        """A delivery needs no reason; a change by hand does."""
        if self.change.data == "received" or self.reason.data or self.reason.errors:
            return True
        self.reason.errors = [_l("Enter a note that explains the change.")]
        return False

    def _says_how_many(self) -> bool:
        least = 0 if self.change.data == "counted" else 1
        return self.quantity.data is not None and self.quantity.data >= least
