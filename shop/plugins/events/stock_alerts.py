"""Facts of stock alerts."""

from __future__ import annotations

from dataclasses import dataclass

from shop.core.events import Event


@dataclass(frozen=True, slots=True)
class StockAlertAsked(Event):
    """Someone wants to know when a variant is back.

    Attributes:
        alert_id: which alert.
    """

    alert_id: int
