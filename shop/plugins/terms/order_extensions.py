"""Types for orders: what a feature or a plugin that builds on orders adds to their pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Response


@dataclass(frozen=True, slots=True)
class OrderSituation:
    """What an order's page says at its top: where things stand, and what comes next.

    Attributes:
        heading: in a few words.
        text: in a sentence or two.
        icon: the name of an icon of ours, such as `check`, `clock`, `box`, `warning` or `close`.
        is_good: whether the buyer may be glad of it.
        is_watched: something may happen any moment: the page reloads automatically.
        may_pay: it waits for money, and the buyer may try again.
        may_order_again: it came to nothing, and the buyer may order the same once more.
    """

    heading: str
    text: str
    icon: str
    is_good: bool
    is_watched: bool = False
    may_pay: bool = False
    may_order_again: bool = False


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One thing that happened to an order.

    Attributes:
        at: when, in UTC.
        kind: `step`, `refund` or `note`.
        title: what happened, in a few words.
        text: more of it, or why; may be empty.
        who: the name of the person who did it; None when nobody did.
    """

    at: datetime
    kind: str
    title: str
    text: str
    who: str | None


@dataclass(frozen=True, slots=True)
class OrderAction:
    """A button for the orders that are ticked in the admin's list.

    Attributes:
        label: stands on the button.
        verb: what is posted as `verb`, beside the ids of the orders as `ids`.
        endpoint: the view that this is posted to; it needs no further values.
    """

    label: str
    verb: str
    endpoint: str


@dataclass(frozen=True, slots=True)
class OrderExtension:
    """What a feature that stands on orders adds to them, beside what it draws in slots. Parts may be left out.

    Attributes:
        name: unique; stands in the log when a part fails.
        situation: by an order's id, what its page says at the top, where this is better known here than to the order
            itself; None where not. The first answer counts: ours, then those of plugins in the order of `SHOP_PLUGINS`.
        progress: by an order's id, a short text that changes whenever its page would say something else: a page that
            waits compares it.
        answer: gets an order's id and the answer that shows its page to the buyer, and may set cookies on it.
        timeline: by an order's id, what happened to it, for its history in the admin.
        badges: by the ids of the orders in a list, a word beside those that need one.
        bulk_actions: buttons for ticked orders.
        keeps_buyer: by an order's id, whether its buyer's name is still needed. A request to be forgotten waits then.
    """

    name: str
    situation: Callable[[int], OrderSituation | None] | None = None
    progress: Callable[[int], str] | None = None
    answer: Callable[[int, Response], None] | None = None
    timeline: Callable[[int], Iterable[TimelineEntry]] | None = None
    badges: Callable[[Sequence[int]], Mapping[int, str]] | None = None
    bulk_actions: tuple[OrderAction, ...] = ()
    keeps_buyer: Callable[[int], bool] | None = None
