"""Named points of a page at which plugins may draw, and how drawing is guarded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial
from inspect import signature
from typing import Any

from flask import current_app
from markupsafe import Markup

from shop.core.observing.figures import HostFigures, host_figures
from shop.core.pages.page_cache import made_of
from shop.plugins.drawing.loading import drawn_template
from shop.plugins.guard import PluginFailed, attempted
from shop.plugins.installed import switches
from shop.plugins.terms.order_extensions import OrderSituation
from shop.plugins.terms.read_models import (
    ArticleView,
    BasketView,
    Guide,
    MailView,
    OrderView,
    ProductView,
    Visitor,
)
from shop.plugins.types import Slot

Handed = Mapping[str, Mapping[str, Any]]
"""Arguments by the template of a slot: what a feature's view hands on to its own slot on another feature's page."""

NOTHING: Handed = {}

_EMPTY = Markup("")

_BEING_DRAWN: ContextVar[tuple[Slot, ...]] = ContextVar("shop.slots_being_drawn", default=())


class DrawsItself(Exception):
    """A slot stands in what it draws."""


@dataclass(frozen=True, slots=True)
class Point:
    """Where something may be drawn. `arguments` are what contexts get, by name and type."""

    where: str
    arguments: Mapping[str, type[Any]] = field(default_factory=dict)


_ARTICLE = {"article": ArticleView}
_PRODUCT = {"product": ProductView}
_BASKET = {"basket": BasketView}
_ORDER = {"order": OrderView}
_ACCOUNT = {"account": Visitor}

POINTS: Mapping[str, Point] = {
    "head": Point("In `<head>` of every page outside the admin."),
    "header.tools": Point("Among the tools at the right of the banner, outside the admin."),
    "footer": Point("In the footer of every page outside the admin."),
    "body.end": Point("Before the end of `<body>` of every page outside the admin."),
    "home.sections": Point("Sections of the front page, below the newest articles."),
    "article.head": Point("In `<head>` of the page of an article or a standing page.", _ARTICLE),
    "article.aside": Point("Beside an article; on a phone, inside it.", _ARTICLE),
    "article.after_body": Point("Below the text of an article or a standing page.", _ARTICLE),
    "guide.buy": Point(
        "In the card of a product with one variant, or with several `variants` to choose from; `is_main`: the card "
        "stands alone, not among many.",
        {"guide": Guide, "is_main": bool},
    ),
    "guide.sold_out": Point("In the card of a product that is sold out.", {"guide": Guide}),
    "product.buy": Point(
        "On a product's page, below its price; `came_from`: the slug of the article that led here, or empty.",
        _PRODUCT | {"guide": Guide, "came_from": str},
    ),
    "product.after_buy": Point("Below the way to buy a product.", _PRODUCT),
    "product.after_body": Point("Below a product's description.", _PRODUCT),
    "cart.actions": Point("Below a cart that is not empty, inside its form: the ways on.", _BASKET),
    "checkout.review": Point("Above the button that places an order.", _BASKET),
    "order.actions": Point(
        "Below what an order's page says at its top.",
        {**_ORDER, "situation": OrderSituation},
    ),
    "order.sections": Point("On an order's page, which its buyer sees.", _ORDER),
    "order.mail.text": Point("In the text part of an order's confirmation.", _ORDER),
    "order.mail.html": Point("In the HTML part of an order's confirmation.", _ORDER),
    "mail.text": Point("In the text part of each mail, below what it says.", {"mail": MailView}),
    "mail.html": Point("In the HTML part of each mail, below what it says.", {"mail": MailView}),
    "account.sections": Point("On a person's own page.", _ACCOUNT),
    "account.menu": Point("In the menu of a person's own pages, as `<li>` elements.", _ACCOUNT),
    "admin.notices": Point("At the top of every page of the admin."),
    "admin.orders.notices": Point("Above the list of orders in the admin."),
    "admin.order.notices": Point("Above an order in the admin.", _ORDER),
    "admin.order.tools": Point("Among the buttons of an order in the admin.", _ORDER),
    "admin.order.sections": Point("On an order's page in the admin.", _ORDER),
    "admin.picture_field": Point(
        "In a form of the admin, where images of the library are chosen. `name` is that of the field, `chosen` holds "
        "numbers with spaces between them, at most `most` of them; `error` says what is wrong, or is empty.",
        {"name": str, "label": str, "hint": str, "chosen": str, "error": str, "most": int},
    ),
    "admin.text_pictures": Point(
        "Below a form of the admin with a text that shows directives; `field` is the id of the field of the text.",
        {"field": str},
    ),
    "admin.today": Point("On the first page of the admin."),
}


def wrong_with_slot(slot: Slot) -> str:
    """Why nothing could ever be drawn there, in words; empty when something can."""
    if slot.point not in POINTS:
        return f"there is no slot {slot.point!r}"
    given = POINTS[slot.point].arguments
    try:
        signature(slot.context).bind(**dict.fromkeys(given))
    except TypeError:
        takes = ", ".join(given) or "nothing"
        return f"the slot {slot.point!r} gives {takes}, and the context of {slot.template!r} does not take that"
    except ValueError:  # built in, such as `dict`: it takes whatever there is
        return ""
    return ""


class SlotTable:
    """What is drawn where, in order."""

    def __init__(self, slots: Iterable[Slot]) -> None:
        self._by_point: dict[str, list[Slot]] = {}
        for slot in sorted(slots, key=lambda each: each.order):
            self._by_point.setdefault(slot.point, []).append(slot)

    @property
    def templates(self) -> set[str]:
        """What may be drawn, by template."""
        return {slot.template for slots in self._by_point.values() for slot in slots}

    def draw(self, point: str, handed: Handed = NOTHING, **arguments: Any) -> Markup:
        """Everything at a point. One that fails draws nothing, is logged and counted; in development it says so.

        Args:
            handed: more arguments for the slots with these templates, from the view that draws the page for them.

        Raises:
            KeyError: there is no such point; a template of ours is wrong.
        """
        if point not in POINTS:
            raise KeyError(point)
        made_of(switches.TAG)
        slots = self._by_point.get(point)
        if slots is None:
            return _EMPTY
        figures = host_figures()
        return _EMPTY.join(
            [
                self._draw_one(figures, slot, {**arguments, **handed.get(slot.template, {})})
                for slot in slots
            ]
        )

    def _draw_one(self, figures: HostFigures, slot: Slot, arguments: Mapping[str, Any]) -> Markup:
        draw = partial(_drawn, slot, arguments)
        try:
            return attempted("slots", slot, partial(figures.timed, "slot", slot.template, draw))
        except PluginFailed as failure:
            if current_app.debug:
                return Markup(
                    '<p class="slot-failed" role="alert">{} failed at {}: {!r}</p>'
                ).format(slot.template, slot.point, failure.error)
            return _EMPTY


def _drawn(slot: Slot, arguments: Mapping[str, Any]) -> Markup:
    """What it draws, once: a template that extends a whole page would draw the point where it stands again.

    Raises:
        DrawsItself: it does.
    """
    around = _BEING_DRAWN.get()
    if around and any(slot is each for each in around):
        raise DrawsItself(f"{slot.template} draws {slot.point}, where it stands itself")
    mark = _BEING_DRAWN.set((*around, slot))
    try:
        context = slot.context(**arguments)
        return _EMPTY if context is None else drawn_template(slot.template, context)
    finally:
        _BEING_DRAWN.reset(mark)
