"""Named points of a page where plugins may draw, and how drawing is guarded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import structlog
from flask import current_app, render_template
from markupsafe import Markup

from shop.plugins.types import Slot

log = structlog.get_logger(__name__)

Handed = Mapping[str, Mapping[str, Any]]
"""Arguments by the template of a slot: what a feature's view hands on to its own slot on another feature's page."""

NOTHING: Handed = {}

POINTS: Mapping[str, str] = {
    "head": "In `<head>` of every page. No arguments.",
    "header.tools": "Among the tools at the right of the banner. No arguments.",
    "footer": "In the footer of every page. No arguments.",
    "body.end": "Before the end of `<body>`. No arguments.",
    "home.sections": "Sections of the front page. No arguments.",
    "article.head": "In `<head>` of an article's page. `article`.",
    "article.aside": "Beside an article; on a phone, inside it. `article`: its view, with `related_guides` (slugs).",
    "article.after_body": "Below an article's text. `article`.",
    "product.after_buy": "Below a product's buying form. `product`, with `variants`.",
    "product.after_body": "Below a product's description. `product`.",
    "checkout.review": "Above the button that starts payment. `cart`.",
    "order.sections": "On an order's page. `order`.",
    "order.mail.text": "In the text part of an order's confirmation. `order`.",
    "order.mail.html": "In the HTML part of an order's confirmation. `order`.",
    "account.sections": "On a signed-in person's own page. `account`.",
    "admin.order.tools": "Among the buttons of an order in the back office. `order`.",
    "admin.order.sections": "On an order's page in the back office. `order`.",
    "admin.today": "On the admin's first page. No arguments.",
}


class SlotTable:
    """What is drawn where, in order."""

    def __init__(self, slots: Iterable[Slot]) -> None:
        self._by_point: dict[str, list[Slot]] = {}
        self.failures: dict[str, int] = {}
        for slot in sorted(slots, key=lambda each: each.order):
            self._by_point.setdefault(slot.point, []).append(slot)

    def draw(self, point: str, handed: Handed = NOTHING, **arguments: Any) -> Markup:
        """Everything at a point. One that fails draws nothing, is logged and counted; in development it says so.

        Args:
            handed: more arguments for the slots with these templates, from the view that draws the page for them.

        Raises:
            KeyError: there is no such point; a template of ours is wrong.
        """
        if point not in POINTS:
            raise KeyError(point)
        return Markup("").join(
            self._draw_one(slot, {**arguments, **handed.get(slot.template, {})})
            for slot in self._by_point.get(point, ())
        )

    def _draw_one(self, slot: Slot, arguments: Mapping[str, Any]) -> Markup:
        try:
            context = slot.context(**arguments)
            if context is None:
                return Markup("")
            return Markup(render_template(slot.template, **context))  # noqa: S704 - a template escapes
        except Exception:
            self.failures[slot.template] = self.failures.get(slot.template, 0) + 1
            log.exception("slot.failed", point=slot.point, template=slot.template)
            if current_app.debug:
                return Markup('<p class="slot-failed" role="alert">{} failed at {}</p>').format(
                    slot.template, slot.point
                )
            return Markup("")
