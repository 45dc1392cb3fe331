"""The official client's transport while a buyer waits: few at a time, and none for a while after Stripe was silent.

Each call holds a thread of the server until it is answered or given up. A Stripe that swallows packets must not hold
them all; who comes then is told at once, and may choose another method or try again.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from stripe import APIConnectionError, RequestsClient

from shop.core.database.breaker import Breaker

PLACES = 4
"""So many buyers of one process wait for Stripe at once: half of those worked on (`shop.core.web.limits.capacity`)."""

_places = threading.BoundedSemaphore(PLACES)
_breaker = Breaker()


class ImpatientClient(RequestsClient):
    """As the official one, with a limit on how many wait."""

    def request(  # type: ignore[override]  # so is the parent's own
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        """One call.

        Raises:
            stripe.APIConnectionError: Stripe did not answer in time, did not a moment ago, or too many wait for it.
        """
        if not _breaker.may_ask():
            raise _unreachable("Stripe did not answer a moment ago")
        if not _places.acquire(blocking=False):
            raise _unreachable("too many wait for Stripe already")
        try:
            answer = super().request(method, url, headers, post_data)
        except APIConnectionError:
            _breaker.failed()
            raise
        finally:
            _places.release()
        _breaker.answered()
        return answer


def _unreachable(reason: str) -> APIConnectionError:
    return APIConnectionError(reason)  # type: ignore[no-untyped-call]
