"""What a page lends to the code of a plugin while it asks it for a part, and takes back as it was.

The request, the WSGI environment and `g` are the same for everyone who works on a page. A part may read them, and say
what it is made of; what the page is, and whom it is for, the page alone says.
"""

from __future__ import annotations

from typing import Any

from flask import g, request
from flask.globals import request_ctx

_THE_PAGES = ("public_page", "holds_no_secret")
"""In `g`: whether a page is for everyone, and whether it may be compressed beside a secret."""
_TAGS = "page_tags"
_READ_ONCE = frozenset({"form", "files", "stream", "_cached_data", "_cached_json"})
"""Of a request: what was read of its body, which nobody can read again."""


class Lent:
    """What a page goes on with, whatever a plugin does to it: the request, its WSGI environment, and `g`."""

    __slots__ = (
        "environ",
        "kept_environ",
        "kept_g",
        "kept_request",
        "kept_session",
        "kept_tags",
        "kept_values",
        "session",
        "vars_of_g",
        "vars_of_request",
    )

    def __init__(self, *, is_drawn: bool) -> None:
        """`is_drawn`: the part only draws, so the visitor's session is lent as well."""
        # Past the proxies, which take five calls for each attribute: a page asks many parts.
        self.vars_of_request: dict[str, Any] = request._get_current_object().__dict__  # type: ignore[attr-defined]  # noqa: SLF001
        self.vars_of_g: dict[str, Any] = g._get_current_object().__dict__  # noqa: SLF001
        self.environ: dict[str, Any] = self.vars_of_request["environ"]
        self.kept_environ = self.environ.copy()
        self.kept_request = self.vars_of_request.copy()
        self.kept_values = (self.vars_of_request.get("view_args") or {}).copy()
        self.kept_g = self.vars_of_g.copy()
        # Past its property, which would note that the page depends on who asks.
        self.session: Any = request_ctx._get_current_object()._session if is_drawn else None  # type: ignore[attr-defined]  # noqa: SLF001
        self.kept_session = dict.copy(self.session) if isinstance(self.session, dict) else None
        self.kept_tags = frozenset(self.kept_g.get(_TAGS) or ())

    def give_back(self) -> None:
        """Put back what a plugin took away or replaced. What it added to `g` stays, such as what a part is made of."""
        if self.environ != self.kept_environ:
            self._give_environ_back()
        if self.vars_of_request != self.kept_request:
            self._give_request_back()
        values = self.vars_of_request.get("view_args")
        if values is not None and values != self.kept_values:
            self._give_values_back(values)
        if self.kept_session is not None and not dict.__eq__(self.session, self.kept_session):
            self._give_session_back(self.kept_session)
        if self.vars_of_g != self.kept_g:
            self._give_g_back()
        if _TAGS in self.kept_g:
            self._give_tags_back()

    def _give_environ_back(self) -> None:
        self.environ.update(self.kept_environ)

    def _give_request_back(self) -> None:
        added = self.vars_of_request.keys() - self.kept_request.keys() - _READ_ONCE
        for name in added:  # worked out from what is put back, or put there by the plugin
            self.vars_of_request.pop(name, None)
        self.vars_of_request.update(self.kept_request)

    def _give_values_back(self, values: dict[str, Any]) -> None:
        values.clear()
        values.update(self.kept_values)

    def _give_session_back(self, kept: dict[str, Any]) -> None:
        self.session.clear()
        self.session.update(kept)

    def _give_g_back(self) -> None:
        there, kept = self.vars_of_g, self.kept_g
        for name, value in kept.items():
            if type(there.get(name)) is not type(value):
                there[name] = value
        for name in _THE_PAGES:
            if name in kept:
                there[name] = kept[name]
            else:
                there.pop(name, None)
        if kept.get("private_page"):
            there["private_page"] = True

    def _give_tags_back(self) -> None:
        """All that was said before and since is in the set that was there: whoever keeps a piece of the page has it."""
        ours, theirs = self.kept_g[_TAGS], self.vars_of_g.get(_TAGS)
        if not isinstance(ours, set):
            return
        if not ours.issuperset(self.kept_tags):
            ours.update(self.kept_tags)
        if theirs is not ours:
            ours.update(theirs if isinstance(theirs, set) else ())
            self.vars_of_g[_TAGS] = ours
