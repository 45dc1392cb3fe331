"""What features above add to orders, each asked under guard: one that fails is logged and left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

from flask import Response

from shop.blueprints.orders.models import Order
from shop.plugins import guarded, registry
from shop.plugins.api import OrderAction, OrderExtension, OrderSituation, TimelineEntry

T = TypeVar("T")


def extended_situation(order: Order) -> OrderSituation | None:
    """What the first of them says of an order's situation; None when it says enough itself."""
    for extension in _all():
        if extension.situation and (
            said := _guarded(extension, extension.situation, order.id, otherwise=None)
        ):
            return said
    return None


def extended_progress(order: Order) -> Iterator[str]:
    """What changes whenever the order's page would say something else."""
    for extension in _all():
        if extension.progress:
            yield _guarded(extension, extension.progress, order.id, otherwise="")


def set_cookies(order: Order, response: Response) -> Response:
    """Let them set cookies on the answer that shows an order to its buyer."""
    for extension in _all():
        if extension.answer:
            _guarded(extension, extension.answer, order.id, response, otherwise=None)
    return response


def extended_timeline(order: Order) -> Iterator[TimelineEntry]:
    """What they know to have happened to an order."""
    for extension in _all():
        if extension.timeline:
            told = extension.timeline
            yield from _guarded(
                extension, lambda order_id, told=told: [*told(order_id)], order.id, otherwise=[]
            )


def extended_badges(orders: Sequence[Order]) -> dict[int, list[str]]:
    """The words beside the orders of a list, by id."""
    ids = [order.id for order in orders]
    found: dict[int, list[str]] = {order_id: [] for order_id in ids}
    for extension in _all():
        if extension.badges and ids:
            words: Mapping[int, str] = _guarded(extension, extension.badges, ids, otherwise={})
            for order_id, word in words.items():
                found[order_id].append(word)
    return found


def bulk_actions() -> list[OrderAction]:
    """The buttons for ticked orders."""
    return [action for extension in _all() for action in extension.bulk_actions]


def need_buyer(order: Order) -> bool:
    """Whether any of them still needs to know who ordered. Whoever can't say does."""
    return any(
        _guarded(extension, extension.keeps_buyer, order.id, otherwise=True)
        for extension in _all()
        if extension.keeps_buyer
    )


def _all() -> list[OrderExtension]:
    return registry().order_extensions


def _guarded(
    extension: OrderExtension, part: Callable[..., T], *arguments: object, otherwise: T
) -> T:
    return guarded("order_extensions", extension, lambda: part(*arguments), otherwise=otherwise)
