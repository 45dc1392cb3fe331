"""The class of our application: Flask's, which builds each address once."""

from __future__ import annotations

from typing import Any

from flask import Flask, has_request_context, request

MOST_ADDRESSES = 5_000
_PLAIN = (str, int)


class Application(Flask):
    """Flask with a memory for addresses: to build the thirty of a page anew took a fifteenth of making it.

    Routes are fixed once a site serves, so that nothing has to be forgotten when something changes. What depends on
    more than an endpoint, its values, the method of the request and where the site is mounted is always built anew.
    """

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self._addresses: dict[tuple[Any, ...], str] = {}

    def url_for(self, /, endpoint: str, **values: Any) -> str:
        """The address of a page, as Flask says it."""
        key = self._key(endpoint, values)
        if key is None:
            return super().url_for(endpoint, **values)
        found = self._addresses.get(key)
        if found is None:
            found = super().url_for(endpoint, **values)
            if len(self._addresses) >= MOST_ADDRESSES:
                self._addresses.clear()
            self._addresses[key] = found
        return found

    def _key(self, endpoint: str, values: dict[str, Any]) -> tuple[Any, ...] | None:
        """What a path is built from; None for what is more than a path, or may come out otherwise the next time."""
        is_plain = (
            has_request_context()
            and not self.url_default_functions
            and not endpoint.startswith(".")
            and "_scheme" not in values
            # Exactly these types: True is equal to 1, and no path.
            and all(type(value) in _PLAIN for value in values.values())
        )
        if not is_plain:
            return None
        environ = request.environ
        return (environ["REQUEST_METHOD"], environ["SCRIPT_NAME"], endpoint, *values.items())
