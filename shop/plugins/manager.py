"""Finds plugins, checks what they hand over, and keeps it as typed objects.

Everything is collected while the application starts. What is wrong stops the start in one line that names the plugin.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib import import_module
from importlib.metadata import entry_points
from itertools import chain
from pathlib import Path
from types import ModuleType
from typing import Any

import pluggy
import structlog
from flask import Blueprint

from shop.core import events
from shop.core.app_state import app_state
from shop.core.errors import ends_process
from shop.core.jobs import Lane
from shop.core.observing.masking import words_of
from shop.plugins import hookspecs
from shop.plugins.drawing.slots import SlotTable, wrong_with_slot
from shop.plugins.guard.health import Owners, owner_of
from shop.plugins.installed.switches import switched_off
from shop.plugins.starting import inspection
from shop.plugins.starting.process_state import changed_in, process_state
from shop.plugins.starting.safe_texts import make_texts_safe
from shop.plugins.terms.shapes import bounded
from shop.plugins.types import (
    AdminSection,
    AnySubscriber,
    ArticleGate,
    Asset,
    BodyFilter,
    CartRule,
    CheckoutCheck,
    Command,
    CommentCheck,
    CustomFields,
    Directive,
    ExportPart,
    FeedSource,
    HealthCheck,
    Importer,
    JobKind,
    MailKind,
    MailTransportKind,
    NavigationItem,
    NavigationSource,
    OrderExtension,
    PaymentProvider,
    Periodic,
    Permission,
    PersonalData,
    Plugin,
    ReadModel,
    SearchEngine,
    SearchSource,
    Sitemap,
    Slot,
    StructuredData,
    TemplateFilter,
    TextJudge,
    Theme,
)

log = structlog.get_logger(__name__)

ENTRY_POINTS = "shop.plugins"


class PluginError(Exception):
    """A plugin can't be used. The text is one line that names it."""


@dataclass(slots=True)
class Registry:
    """What all plugins of one application contributed; `shop.plugins.registry()` at run time."""

    plugins: list[Plugin] = field(default_factory=list)
    blueprints: list[Blueprint] = field(default_factory=list)
    admin_sections: list[AdminSection] = field(default_factory=list)
    navigation: list[NavigationItem | NavigationSource] = field(default_factory=list)
    slots: list[Slot] = field(default_factory=list)
    assets: list[Asset] = field(default_factory=list)
    themes: list[Theme] = field(default_factory=list)
    template_filters: list[tuple[str, TemplateFilter]] = field(default_factory=list)
    article_gates: list[ArticleGate] = field(default_factory=list)
    directives: list[Directive] = field(default_factory=list)
    body_filters: list[BodyFilter] = field(default_factory=list)
    custom_fields: list[CustomFields] = field(default_factory=list)
    permissions: list[Permission] = field(default_factory=list)
    migrations: list[tuple[str, Path]] = field(default_factory=list)
    personal_data: list[PersonalData] = field(default_factory=list)
    read_models: list[ReadModel] = field(default_factory=list)
    importers: list[Importer] = field(default_factory=list)
    export_parts: list[ExportPart] = field(default_factory=list)
    search_sources: list[SearchSource] = field(default_factory=list)
    search_engines: list[SearchEngine] = field(default_factory=list)
    feed_sources: list[FeedSource] = field(default_factory=list)
    sitemaps: list[Sitemap] = field(default_factory=list)
    structured_data: list[StructuredData] = field(default_factory=list)
    comment_checks: list[CommentCheck] = field(default_factory=list)
    late_comment_checks: list[CommentCheck] = field(default_factory=list)
    text_judges: list[TextJudge] = field(default_factory=list)
    order_extensions: list[OrderExtension] = field(default_factory=list)
    cart_rules: list[CartRule] = field(default_factory=list)
    checkout_checks: list[CheckoutCheck] = field(default_factory=list)
    payment_providers: list[PaymentProvider] = field(default_factory=list)
    mail_kinds: list[MailKind] = field(default_factory=list)
    mail_transports: list[MailTransportKind] = field(default_factory=list)
    subscribers: list[AnySubscriber] = field(default_factory=list)
    job_kinds: list[JobKind] = field(default_factory=list)
    periodic_jobs: list[Periodic] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)
    health_checks: list[HealthCheck] = field(default_factory=list)
    slot_table: SlotTable = field(default_factory=lambda: SlotTable(()))
    owners: Owners = field(default_factory=Owners)
    jobs_of: dict[str, str] = field(default_factory=dict)
    """The plugin, by the names of its kinds of jobs."""
    packages: dict[str, str] = field(default_factory=dict)
    """The plugin of others, by the package that it is in."""
    locale_folders: list[Path] = field(default_factory=list)
    """The translations of plugins of others."""
    _lacking: dict[frozenset[str], Registry] = field(default_factory=dict)

    def without(self, off: frozenset[str]) -> Registry:
        """The same without what these plugins, and those that require them, show, check and price."""
        if off not in self._lacking:
            gone = self._with_dependants(off)
            left: dict[str, list[Any]] = {
                name: [item for item in getattr(self, name) if self.owners.of(item) not in gone]
                for name in _SWITCHED
            }
            plugins = [plugin for plugin in self.plugins if plugin.name not in gone]
            table = SlotTable(left["slots"])
            self._lacking[off] = replace(self, plugins=plugins, slot_table=table, **left)  # type: ignore[arg-type]
        return self._lacking[off]

    def _with_dependants(self, off: frozenset[str]) -> set[str]:
        gone = off & self.third_parties
        for plugin in self.plugins:  # a plugin comes after those that it requires
            if gone.intersection(plugin.requires):
                gone |= {plugin.name}
        return set(gone)

    @property
    def third_parties(self) -> set[str]:
        """The names of the plugins that do not ship with the shop."""
        return self.owners.third_parties

    def has(self, name: str) -> bool:
        """Whether the plugin of this name is switched on."""
        return any(plugin.name == name for plugin in self.plugins)


def registry() -> Registry:
    """The registry of the present application, without the plugins that are switched off just now."""
    whole = app_state().part(Registry)
    if not whole.third_parties or not (off := switched_off()):
        return whole
    return whole.without(off)


def is_switched_off(item: object) -> bool:
    """Whether the plugin that gave this is switched off."""
    owner = owner_of(item)
    return owner in app_state().part(Registry).third_parties and owner in switched_off()


def shipped(names: Sequence[str], off: Sequence[str]) -> list[ModuleType]:
    """The plugin modules of the features that ship with the shop, less those that are off or need one that is.

    Raises:
        PluginError: a name in `off` is unknown.
    """
    unknown = set(off) - set(names)
    if unknown:
        raise PluginError(
            f"SHOP_FEATURES_OFF: there is no feature named {min(unknown)!r}; choose from {', '.join(names)}"
        )
    modules: dict[str, ModuleType] = {}
    for name in names:
        if name in off:
            continue
        module = import_module(f"shop.blueprints.{name}.plugin")
        missing = [needed for needed in module.PLUGIN.requires if needed not in modules]
        if missing:
            log.info("feature.off", feature=name, needs=missing)
            continue
        modules[name] = module
    return list(modules.values())


def installed(names: Sequence[str]) -> list[Any]:
    """The third-party plugins of these names, by their entry points.

    Raises:
        PluginError: one is not installed, or can't be imported.
    """
    points = {point.name: point for point in entry_points(group=ENTRY_POINTS)}
    found = []
    for name in names:
        if name not in points:
            raise PluginError(
                f"SHOP_PLUGINS: plugin {name!r} is not installed; "
                "install it with pip, or remove its name. "
                f"Installed: {', '.join(sorted(points)) or 'none'}"
            )
        before = process_state()
        try:
            found.append(points[name].load())
        except BaseException as error:
            if ends_process(error):
                raise
            raise PluginError(f"plugin {name!r} can’t be imported: {_shown(error)}") from error
        if problem := changed_in(before):
            raise PluginError(f"plugin {name!r} can’t be imported: {problem}")
    return found


def collect(modules: Iterable[Any]) -> Registry:
    """Register plugin modules and call every hook once.

    Raises:
        PluginError: a misspelt hook, a wrong argument, an unknown slot, a name that is taken, a hook that fails.
    """
    manager = pluggy.PluginManager("shop")
    manager.add_hookspecs(hookspecs)
    found = Registry()
    for module in modules:
        plugin = _identity(module)
        is_ours = getattr(module, "__name__", "").startswith("shop.")
        if not is_ours:
            found.third_parties.add(plugin.name)
            found.packages[module.__name__.partition(".")[0]] = plugin.name
            found.locale_folders.extend(_locale_folder(module))
            _refuse(plugin, inspection.wrong_with_plugin(plugin))
            make_texts_safe(plugin, plugin.name, "plugin")
        if found.has(plugin.name):
            raise PluginError(f"plugin {plugin.name!r} is listed twice")
        absent = [name for name in plugin.requires if not found.has(name)]
        if absent:
            raise PluginError(f"plugin {plugin.name!r} requires {absent[0]!r}, which is off")
        try:
            manager.register(module, name=plugin.name)
            manager.check_pending()
        except pluggy.PluginValidationError as error:
            raise PluginError(f"plugin {plugin.name!r}: {' '.join(str(error).split())}") from error
        found.plugins.append(plugin)
        _call_hooks(manager, module, plugin, found)
    found.job_kinds.extend(events.job_kinds(found.subscribers))
    found.slot_table = SlotTable(found.slots)
    found.body_filters.sort(key=lambda each: each.order)
    _refuse_clashes(found)
    _refuse_loose_ends(found)
    return found


def _locale_folder(module: Any) -> Iterable[Path]:
    if file := getattr(module, "__file__", None):
        folder = Path(file).parent / "locale"
        yield from [folder] if folder.is_dir() else []


def _identity(module: Any) -> Plugin:
    plugin = getattr(module, "PLUGIN", None)
    if not isinstance(plugin, Plugin):
        raise PluginError(f"{getattr(module, '__name__', module)!r} has no PLUGIN = Plugin(...)")
    return plugin


def _call_hooks(
    manager: pluggy.PluginManager, module: Any, plugin: Plugin, found: Registry
) -> None:
    # One plugin at a time, so that what fails can be named.
    for caller in manager.get_hookcallers(module) or ():
        implementation = next(each for each in caller.get_hookimpls() if each.plugin is module)
        items = _given(implementation.function, caller.name, plugin, found)
        for item in items if caller.name == "slots" else ():
            _refuse(plugin, wrong_with_slot(item), caller.name)
        if caller.name == "migrations":
            items = [(plugin.name, path) for path in items]
        if caller.name in _WITH_LANES:
            items = [_in_lane(item, module, plugin) for item in items]
        for item in items:
            found.owners.note(item, plugin.name)
            if caller.name in _JOBS:
                found.jobs_of[f"{_JOBS[caller.name]}{item.name}"] = plugin.name
        getattr(found, caller.name).extend(items)


def _all_of(given: Any) -> list[Any]:
    if given is None:
        raise TypeError("it gives None; yield what it gives, or nothing")
    return list(bounded(given))


def _given(hook: Callable[..., Any], name: str, plugin: Plugin, found: Registry) -> list[Any]:
    """What a hook gives, each of it looked at."""
    is_theirs = plugin.name in found.third_parties
    before = process_state() if is_theirs else {}
    try:
        items = _all_of(hook())
    except BaseException as error:
        if ends_process(error):
            raise
        raise PluginError(f"plugin {plugin.name!r}: {name} failed: {_shown(error)}") from error
    if is_theirs:
        _refuse(plugin, changed_in(before), name)
        for item in items:
            _refuse(plugin, inspection.wrong_with_item(name, item), name)
            make_texts_safe(item, plugin.name, name)
    return items


def _shown(error: BaseException) -> str:
    """An error on one line, whatever it says of itself."""
    try:
        return " ".join(repr(error).split())
    except Exception:  # noqa: BLE001 - it is raised by the error's own `__repr__`
        return words_of(error)


def _refuse(plugin: Plugin, problem: str, hook: str = "") -> None:
    if problem:
        where = f"{plugin.name!r}: {hook}" if hook else f"{plugin.name!r}"
        raise PluginError(f"plugin {where}: {' '.join(problem.split())}")


_JOBS = {"job_kinds": "", "periodic_jobs": "periodic:", "subscribers": "event:"}
_SWITCHED = (
    "blueprints",
    "admin_sections",
    "navigation",
    "slots",
    "directives",
    "body_filters",
    "custom_fields",
    "importers",
    "export_parts",
    "search_sources",
    "search_engines",
    "feed_sources",
    "sitemaps",
    "structured_data",
    "comment_checks",
    "text_judges",
    "order_extensions",
    "article_gates",
    "cart_rules",
    "checkout_checks",
    "health_checks",
)
"""Hooks whose items are gone while their plugin is switched off."""
_WITH_LANES = {"job_kinds", "periodic_jobs", "subscribers"}


def _in_lane(item: Any, module: Any, plugin: Plugin) -> Any:
    """The same job in a lane: a plugin's in that for plugins, so that it keeps nobody waiting but other plugins."""
    if not _is_shipped(module):
        return replace(item, lane=Lane.PLUGINS)
    if item.lane is not None:
        return item
    of_feature = plugin.lane or (Lane.SLOW if isinstance(item, Periodic) else Lane.USUAL)
    return replace(item, lane=of_feature)


def _is_shipped(module: Any) -> bool:
    return getattr(module, "__name__", "").startswith("shop.")


def _refuse_clashes(found: Registry) -> None:
    for what, hooks in _NAMED.items():
        first: dict[str, str] = {}
        for item in chain.from_iterable(getattr(found, hook) for hook in hooks):
            name = _name_of(item)
            owner = found.owners.of(item) or found.jobs_of.get(name, "")
            if name in first:
                raise PluginError(
                    f"plugin {owner!r}: it gives a {what} named {name!r}, and {first[name]!r} does so too"
                )
            first[name] = owner


def _name_of(item: Any) -> str:
    if isinstance(item, ReadModel):
        return item.kind.__name__
    return str(item[0] if isinstance(item, tuple) else item.name)


_NAMED: Mapping[str, Sequence[str]] = {
    "blueprint": ("blueprints",),
    "admin section": ("admin_sections",),
    "theme": ("themes",),
    "permission": ("permissions",),
    "mail kind": ("mail_kinds",),
    "way out for mail": ("mail_transports",),
    "subscriber": ("subscribers",),
    "job": ("job_kinds",),
    "periodic job": ("periodic_jobs",),
    "command": ("commands",),
    "importer": ("importers",),
    "part of the export": ("export_parts",),
    "payment provider": ("payment_providers",),
    "order extension": ("order_extensions",),
    "comment check": ("comment_checks", "late_comment_checks"),
    "text judge": ("text_judges",),
    "cart rule": ("cart_rules",),
    "checkout check": ("checkout_checks",),
    "article gate": ("article_gates",),
    "directive": ("directives",),
    "body filter": ("body_filters",),
    "group of fields": ("custom_fields",),
    "style sheet or script": ("assets",),
    "search engine": ("search_engines",),
    "search source": ("search_sources",),
    "feed source": ("feed_sources",),
    "sitemap": ("sitemaps",),
    "part of structured data": ("structured_data",),
    "health check": ("health_checks",),
    "kind of personal data": ("personal_data",),
    "template filter": ("template_filters",),
    "read model": ("read_models",),
}
"""What no two plugins may give under one name, and the hooks that give it."""


def _refuse_loose_ends(found: Registry) -> None:
    """What names something that no plugin gives."""
    known = {permission.name for permission in found.permissions}
    sections = {section.name for section in found.admin_sections}
    for permission in found.permissions:
        if missing := set(permission.comes_with) - known:
            _refuse_end(found, permission, f"comes with {min(missing)!r}, which no plugin declares")
    for section in found.admin_sections:
        if section.permission not in known:
            needed = f"requires the permission {section.permission!r}, which no plugin declares"
            _refuse_end(found, section, needed)
        if section.within and section.within not in sections:
            _refuse_end(found, section, f"is within {section.within!r}, which is not there")


def _refuse_end(found: Registry, item: Permission | AdminSection, problem: str) -> None:
    what = "admin section" if isinstance(item, AdminSection) else "permission"
    raise PluginError(f"plugin {found.owners.of(item)!r}: the {what} {item.name!r} {problem}")
