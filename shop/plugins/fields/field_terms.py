"""What fields of a plugin's own may be: declared by a dataclass of `custom_field(...)`, read when the site starts."""

from __future__ import annotations

import dataclasses
import types
import typing
from dataclasses import MISSING, dataclass
from datetime import date
from typing import Any, get_type_hints

from shop.core.fields import FieldTerms
from shop.plugins.terms.read_models import ArticleView, OrderView, ProductView
from shop.plugins.types import CustomFields

LONGEST_LINE = 200
LONGEST_TEXT = 5_000
CAN_HAVE_FIELDS = (ProductView, ArticleView, OrderView)


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomField(FieldTerms):
    """One field, as forms and pages need it. `kind` is `str`, `int`, `bool` or `date`; a text has a `maximum`."""

    is_money: bool
    is_required: bool
    is_public: bool
    is_searchable: bool


def custom_field(
    default: Any,
    label: str,
    *,
    help: str = "",  # noqa: A002 - what it is called on the page
    choices: tuple[tuple[str, str], ...] = (),
    minimum: int | None = None,
    maximum: int | None = None,
    multiline: bool = False,
    is_money: bool = False,
    is_required: bool = False,
    is_public: bool = False,
    is_searchable: bool = False,
) -> Any:
    """A field of a dataclass for `CustomFields`, whose type is `str`, `int`, `int | None`, `bool` or `date | None`.

    Args:
        default: holds until something was entered.
        label: what people read beside the field.
        help: one more line below it.
        choices: (value, label) of each text that may be chosen; empty for any.
        minimum: of a number, or of the length of a text.
        maximum: of a number, or of the length of a text: by default 200 characters, or 5,000 with `multiline`.
        multiline: a text of several lines.
        is_money: a number is an amount in minor units of the site's currency, and is typed as people write it.
        is_required: the form is refused without it; of a `bool`, without a tick.
        is_public: readers see it on the page of the product or article, as they see a title: also where a gate keeps
            the text of the article from them. The buyer of an order sees it there.
        is_searchable: the search finds the page by it; the admin finds an order by it, typed as a whole. Of an order
            that can be one field, of one line.
    """
    return dataclasses.field(
        default=default,
        metadata={
            "label": label,
            "help": help,
            "choices": choices,
            "minimum": minimum,
            "maximum": maximum,
            "multiline": multiline,
            "is_money": is_money,
            "is_required": is_required,
            "is_public": is_public,
            "is_searchable": is_searchable,
        },
    )


_KINDS = (str, int, bool, date)


def members_of(fields: type[Any]) -> list[CustomField]:
    """The fields of a dataclass, in their order.

    Raises:
        TypeError: one has another type than fields may have, or no default or label.
    """
    if not dataclasses.is_dataclass(fields):
        raise TypeError(f"{fields.__name__} is no dataclass")
    hints = get_type_hints(fields)
    return [_member(fields, each, hints[each.name]) for each in dataclasses.fields(fields)]


def _member(fields: type[Any], field: dataclasses.Field[Any], hint: Any) -> CustomField:
    kinds = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    kind = next(each for each in kinds if each is not types.NoneType)
    may_be_none = len(kinds) > 1
    place = f"{fields.__name__}.{field.name}"
    if kind not in _KINDS or len(kinds) > 2 or (may_be_none and kind in (str, bool)):
        raise TypeError(f"{place} must be str, int, int | None, bool or date | None")
    if field.default is MISSING or "label" not in field.metadata:
        raise TypeError(f"{place} needs custom_field(default, label)")
    if type(field.default) is not kind and not (may_be_none and field.default is None):
        raise TypeError(f"{place} has {field.default!r} by default, which does not fit")
    terms = dict(field.metadata)
    if kind in (bool, date) and (terms["minimum"], terms["maximum"]) != (None, None):
        raise TypeError(f"{place} has a minimum or a maximum, which fits a number or a text")
    if kind is str and terms["maximum"] is None:
        terms["maximum"] = LONGEST_TEXT if terms["multiline"] else LONGEST_LINE
    return CustomField(name=field.name, kind=kind, default=field.default, **terms)


def wrong_with_fields(declared: CustomFields) -> str:
    """What is wrong with a group of fields, in words; empty when nothing is."""
    if declared.on not in CAN_HAVE_FIELDS:
        return f"{declared.name!r} is on {declared.on.__name__}, which can have no fields"
    if declared.is_asked_at_checkout and declared.on is not OrderView:
        return f"{declared.name!r} is asked at the checkout, but is not on OrderView"
    try:
        members = members_of(declared.fields)
    except TypeError as error:
        return str(error)
    searched = [each for each in members if each.is_searchable]
    if declared.on is OrderView and (len(searched) > 1 or any(map(_is_long, searched))):
        return f"{declared.name!r}: the admin finds an order by one field of one line"
    return ""


def _is_long(member: CustomField) -> bool:
    return member.kind is not str or member.multiline or (member.maximum or 0) > LONGEST_LINE
