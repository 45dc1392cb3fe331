"""Puts the pages of all plugins into an application, and what plugins hang onto every request under guard."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial, wraps
from typing import Any

from flask import Flask, Response, abort, current_app, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Rule

from shop.core.app_state import app_state
from shop.core.errors import ShopError
from shop.core.pages.page_cache import made_of
from shop.plugins.guard import guarded
from shop.plugins.guard.health import owner_of
from shop.plugins.installed.switches import TAG, switched_off
from shop.plugins.manager import PluginError, Registry
from shop.plugins.manager import registry as registry_now
from shop.plugins.types import NavigationItem

OUR_WORDS = frozenset({"site", "base_url", "notices", "canonical_url"})
"""What templates of ours rely on: no plugin changes it for every page."""
ADMIN = "/admin"
_CONVERTED = re.compile(r"<[^>]*>")


def mount(app: Flask, registry: Registry) -> None:
    """Register the blueprints of all plugins.

    Raises:
        PluginError: one can't be registered.
    """
    owners = _owners_of_pages(registry)
    if not registry.third_parties.isdisjoint(owners.values()):
        app.before_request(partial(_answer_for_what_is_off, owners))
    for blueprint in registry.blueprints:
        owner = registry.owners.of(blueprint)
        if owner not in registry.third_parties:
            app.register_blueprint(blueprint)
            continue
        before, answers = _app_wide(app), _answers_to_errors(app)
        try:
            app.register_blueprint(blueprint)
        except (Exception, SystemExit) as error:
            raise PluginError(
                f"plugin {owner!r}: the pages {blueprint.name!r} can’t be registered: {error!r}"
            ) from error
        _guard_new(app, registry, owner, before)
        _refuse_taken_errors(app, owner, answers)


def _answer_for_what_is_off(owners: Mapping[str, str]) -> None:
    """404 at the pages of a plugin that is switched off."""
    whole = app_state().part(Registry)
    names = (request.blueprint or "").split(".")
    owner = owners.get(".".join(names[:2])) or owners.get(names[0], "")
    if owner in whole.third_parties:
        made_of(TAG)
        if registry_now().has(owner) is False:
            abort(404)


def _app_wide(app: Flask) -> dict[int, int]:
    """How many functions there are of each kind that runs for every request."""
    return {number: len(found) for number, found in enumerate(_lists(app))}


def _lists(app: Flask) -> tuple[list[Any], ...]:
    return (
        app.before_request_funcs.setdefault(None, []),
        app.after_request_funcs.setdefault(None, []),
        app.teardown_request_funcs.setdefault(None, []),
        app.template_context_processors[None],
        app.url_value_preprocessors.setdefault(None, []),
        app.url_default_functions.setdefault(None, []),
        app.teardown_appcontext_funcs,
    )


def _answers_to_errors(app: Flask) -> dict[tuple[int | None, type[Exception]], Any]:
    """What answers where a page of anybody fails, by status and class of the error."""
    by_status = app.error_handler_spec[None].items()
    return {(status, kind): answer for status, each in by_status for kind, answer in each.items()}


def _refuse_taken_errors(
    app: Flask, owner: str, before: dict[tuple[int | None, type[Exception]], Any]
) -> None:
    """A plugin may answer for errors of its own pages, and for those of its own classes anywhere.

    Raises:
        PluginError: it answers for those of others.
    """
    for (status, kind), answer in _answers_to_errors(app).items():
        if before.get((status, kind)) is answer:
            continue
        if status is not None or (None, kind) in before or kind is Exception:
            raise PluginError(
                f"plugin {owner!r}: it answers for {kind.__name__} on all pages (app_errorhandler);"
                " answer for your own with errorhandler"
            )


def _guard_new(app: Flask, registry: Registry, owner: str, before: dict[int, int]) -> None:
    """Put the functions that came with a blueprint under guard."""
    for number, functions in enumerate(_lists(app)):
        for index in range(before[number], len(functions)):
            wrap = (_before, _after, _aside, _context, _aside, _aside, _aside)[number]
            functions[index] = wrap(functions[index])
            registry.owners.note(functions[index], owner)


def _before(function: Callable[..., Any]) -> Callable[..., Any]:
    """One before a request: it may answer, or refuse in words, but not by failing or with what is no answer."""

    @wraps(function)
    def asked() -> Any:
        if owner_of(asked) in switched_off():
            return None
        return guarded(
            "blueprints",
            asked,
            lambda: _response(function()),
            otherwise=None,
            lets_through=(HTTPException, ShopError),
        )

    return asked


def _response(given: Any) -> Response | None:
    """
    Raises:
        TypeError: no page could be answered with it.
    """
    return None if given is None else current_app.make_response(given)


def _aside(function: Callable[..., Any]) -> Callable[..., Any]:
    """One that is told of a request or an address, and answers nothing."""

    @wraps(function)
    def told(*given: Any) -> None:
        if owner_of(told) not in switched_off():
            guarded("blueprints", told, lambda: function(*given), otherwise=None)

    return told


def _after(function: Callable[..., Any]) -> Callable[..., Any]:
    """One that changes the answer: when it fails, the answer stays as it was."""

    @wraps(function)
    def asked(response: Any) -> Any:
        if owner_of(asked) in switched_off():
            return response
        headers, status = response.headers.copy(), response.status
        changed = guarded("blueprints", asked, lambda: function(response), otherwise=None)
        if isinstance(changed, Response):
            return changed
        response.headers, response.status = headers, status
        return response

    return asked


def _context(function: Callable[..., Any]) -> Callable[..., Any]:
    """One that gives words to every template: none of ours."""

    @wraps(function)
    def asked() -> dict[str, Any]:
        if owner_of(asked) in switched_off():
            return {}
        nothing: dict[str, Any] = {}
        given = guarded("blueprints", asked, lambda: dict(function()), otherwise=nothing)
        return {name: value for name, value in given.items() if name not in OUR_WORDS}

    return asked


def refuse_clashes(app: Flask, registry: Registry) -> None:
    """Look whether a plugin's page takes an address that is another page's, be it its own.

    Raises:
        PluginError: one does.
    """
    owners = _owners_of_pages(registry)
    taken: dict[tuple[str, str], Rule] = {}
    rules = list(app.url_map.iter_rules())
    ours_first = sorted(rules, key=lambda rule: _owner(rule, owners) in registry.third_parties)
    for rule in ours_first:
        owner = _owner(rule, owners)
        is_theirs = owner in registry.third_parties
        is_section = rule.endpoint.startswith("admin.")
        if is_theirs and not is_section and f"{rule.rule}/".startswith(f"{ADMIN}/"):
            raise PluginError(
                f"plugin {owner!r}: {rule.rule} is an address of the admin; use the hook admin_sections"
            )
        if is_theirs and not is_section and rule.rule.startswith("/<"):
            raise PluginError(
                f"plugin {owner!r}: {rule.rule} would answer for addresses of nobody, and for old ones that lead on;"
                " begin with a word"
            )
        for address in _addresses(rule):
            first = taken.setdefault(address, rule)
            if first.endpoint != rule.endpoint and is_theirs:
                by = _owner(first, owners) or "the site"
                who = f"its page {first.endpoint!r}" if by == owner else repr(by)
                raise PluginError(f"plugin {owner!r}: the address {rule.rule} is taken by {who}")


def refuse_dead_links(app: Flask, registry: Registry) -> None:
    """Look whether a plugin's link in a menu names a page that is not there. Where the whole feature is not there that
    has it, only the link is left out.

    Raises:
        PluginError: one does.
    """
    for item in registry.navigation:
        owner = registry.owners.of(item)
        if owner not in registry.third_parties or not isinstance(item, NavigationItem):
            continue
        feature, _dot, _page = item.endpoint.rpartition(".")
        if feature in app.blueprints and item.endpoint not in app.view_functions:
            raise PluginError(f"plugin {owner!r}: navigation: there is no page {item.endpoint!r}")


def _addresses(rule: Rule) -> Iterator[tuple[str, str]]:
    path = _CONVERTED.sub("<>", rule.rule).rstrip("/") or "/"
    methods: Iterable[str] = rule.methods or {"GET"}
    yield from ((path, method) for method in methods if method not in ("HEAD", "OPTIONS"))


def _owners_of_pages(registry: Registry) -> dict[str, str]:
    """The plugin, by the beginning of its endpoints."""
    pages = {each.name: registry.owners.of(each) for each in registry.blueprints}
    sections = {f"admin.{each.name}": registry.owners.of(each) for each in registry.admin_sections}
    return pages | sections


def _owner(rule: Rule, owners: dict[str, str]) -> str:
    first, _dot, rest = rule.endpoint.partition(".")
    return owners.get(f"{first}.{rest.partition('.')[0]}") or owners.get(first, "")


def owner_of_page() -> str:
    """The plugin of others whose page is asked for; empty for ours, and where there is none."""
    whole = app_state().part(Registry)
    if request.url_rule is None or not whole.third_parties:
        return ""
    owner = _owner(request.url_rule, _owners_of_pages(whole))
    return owner if owner in whole.third_parties else ""


def rules_of(app: Flask, registry: Registry, plugin: str) -> list[Rule]:
    """The addresses of a plugin's pages, those in the admin too."""
    owners = _owners_of_pages(registry)
    return [rule for rule in app.url_map.iter_rules() if _owner(rule, owners) == plugin]
