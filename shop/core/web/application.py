"""The class of our application: Flask's, which builds each address once."""

from __future__ import annotations

from collections.abc import Callable
from inspect import CO_COROUTINE
from types import FunctionType
from typing import Any

from flask import Flask, current_app, g, has_request_context, request
from flask.typing import ResponseReturnValue

from shop.core.errors import ends_process
from shop.core.observing.masking import words_of

MOST_ADDRESSES = 5_000
_PLAIN = frozenset({str, int, type(None)})
_OPTIONS = ("_anchor", "_method", "_scheme", "_external")
_KEPT = "template_context"


class Application(Flask):
    """Flask with a memory for addresses, of which a page has thirty, and for what templates know, of which it has a
    dozen.

    Routes are fixed once a site serves, so that nothing has to be forgotten when something changes. What depends on
    more than an endpoint, its values, the method of the request and where the site is mounted is always built anew.
    Context processors are asked once for all templates of an answer.
    """

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self._addresses: dict[tuple[Any, ...], str] = {}

    def dispatch_request(self) -> ResponseReturnValue:
        """What the page answers. `SystemExit` and its like, which no error handler hears of, fail like any other."""
        try:
            return super().dispatch_request()
        except Exception:
            raise
        except BaseException as error:
            if ends_process(error):
                raise
            raise RuntimeError(f"the page raised {words_of(error)}") from error

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """A function that can be called as it is. Flask takes eight calls to see that, twenty times a request."""
        is_plain = type(func) is FunctionType and not func.__code__.co_flags & CO_COROUTINE
        return func if is_plain else super().ensure_sync(func)

    def url_for(self, /, endpoint: str, **values: Any) -> str:
        """The address of a page, as Flask says it; outside of a request, as in a letter, the path."""
        if not has_request_context() and not any(map(values.get, _OPTIONS)):
            plain = {name: value for name, value in values.items() if name not in _OPTIONS}
            return self.url_map.bind("").build(endpoint, plain)
        key = self._key(endpoint, values)
        if key is None:
            return super().url_for(endpoint, **values)
        found = self._addresses.get(key)
        if found is None:
            found = self._kept(key, super().url_for(endpoint, **values))
        return found

    def path_for(self, endpoint: str, **values: Any) -> str:
        """The path of a page, whatever the request says of where the site is mounted."""
        key = ("", "", endpoint, *values.items())
        found = self._addresses.get(key)
        if found is None:
            found = self._kept(key, self.url_map.bind("").build(endpoint, values))
        return found

    def _kept(self, key: tuple[Any, ...], address: str) -> str:
        if len(self._addresses) >= MOST_ADDRESSES:
            self._addresses.clear()
        self._addresses[key] = address
        return address

    def update_template_context(self, context: dict[str, Any]) -> None:
        """Add what context processors give, as Flask does; what the view gave comes first."""
        if not has_request_context():
            super().update_template_context(context)
            return
        kept: dict[str, Any] | None = g.get(_KEPT)
        if kept is None:
            kept = {}
            super().update_template_context(kept)
            setattr(g, _KEPT, kept)
        given = context.copy()
        context.update(kept)
        context.update(given)

    def _key(self, endpoint: str, values: dict[str, Any]) -> tuple[Any, ...] | None:
        """What a path is built from; None for what is more than a path, or may come out otherwise the next time."""
        is_plain = (
            not endpoint.startswith(".")
            and values.get("_scheme") is None
            # Exactly these types: True is equal to 1, and no path.
            and _PLAIN.issuperset(map(type, values.values()))
            and not self.url_default_functions
            and has_request_context()
        )
        if not is_plain:
            return None
        environ = request._get_current_object().environ  # type: ignore[attr-defined]  # noqa: SLF001 - past the proxy
        return (environ["REQUEST_METHOD"], environ["SCRIPT_NAME"], endpoint, *values.items())


def path_for(endpoint: str, **values: Any) -> str:
    """The path of a page of ours; works in jobs too, where there is no request."""
    path: str = current_app.path_for(endpoint, **values)  # type: ignore[attr-defined] # ours, not any Flask
    return path
