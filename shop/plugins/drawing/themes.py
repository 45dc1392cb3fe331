"""Themes: which one a page is drawn with, and where each of its templates comes from.

The owner chooses one under Admin, Themes; until then the theme of the last plugin in `SHOP_PLUGINS` is used. A theme
replaces templates of ours by their names. What it does not have comes from its parent, and then from ours. In a
template of a theme

- `shop:base.html` is ours, whatever themes there are, and `broadsheet:base.html` is that of the theme `broadsheet`;
- a template that extends or includes its own name gets the one that it replaces.

Admin pages are always ours: with a broken theme the owner still gets to the page on which another one is chosen.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Flask, g, has_request_context
from flask.templating import Environment
from flask_babel import lazy_gettext as _l
from jinja2 import BaseLoader, FileSystemLoader, Template, TemplateNotFound, TemplatesNotFound
from sqlalchemy.exc import SQLAlchemyError

from shop.core import settings
from shop.core.app_state import app_state, state_of
from shop.core.pages.page_cache import PREVIEW_COOKIE, private_page
from shop.core.settings import setting
from shop.core.web.cookies import cookie
from shop.plugins.guard.health import Owners
from shop.plugins.manager import PluginError, Registry
from shop.plugins.types import Theme

if TYPE_CHECKING:
    from collections.abc import MutableMapping

OURS = "shop"
"""Names our templates in one of a theme: `shop:base.html`. And the choice of no theme at all."""
_ADMIN = "admin"
"""Names our templates in those of the admin, whose parts are ours too."""
NAMESPACE = "themes"
_NAMED = re.compile(r"""\{%-?\s*(?:extends|include|import|from)\s+["']([^"':]*):""")
"""The theme in the name of a template that another one extends, includes or imports."""
PREVIEW_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class ThemeSettings:
    """Which theme the owner chose."""

    chosen: str = setting("", _l("Theme"))


class Themes:
    """The themes of one application, by name.

    Args:
        given: all of them, in the order of their plugins.
        owners: which plugins gave them.

    Raises:
        PluginError: two have one name, a parent or a folder is not there, or they are each other's parents.
    """

    def __init__(self, given: Iterable[Theme], owners: Owners) -> None:
        self.by_name: Mapping[str, Theme] = {theme.name: theme for theme in given}
        self._whose = {
            name: f"plugin {owners.of(theme)!r}: the theme {name!r}"
            for name, theme in self.by_name.items()
        }
        of_others = [
            name for name, theme in self.by_name.items() if owners.of(theme) in owners.third_parties
        ]
        self._unless_chosen = of_others[-1] if of_others else OURS
        self._lines = {name: tuple(self._line_of(theme)) for name, theme in self.by_name.items()}
        self._templates = {name: self._names_in(theme) for name, theme in self.by_name.items()}

    def line(self, name: str) -> tuple[Theme, ...]:
        """A theme, its parent, the parent of that, and so on; nothing for ours."""
        return self._lines.get(name, ())

    def chosen(self) -> str:
        """The name of the theme that everybody sees; `OURS` for none."""
        try:
            name = settings.current(ThemeSettings).chosen
        except SQLAlchemyError:
            name = settings.last_known(ThemeSettings).chosen
        if name == OURS or name in self.by_name:
            return name
        return self._unless_chosen

    def source_of(self, template: str, parent: str | None, theme: str) -> str:
        """The name, with its theme before it, of the template that is meant by a name.

        Args:
            template: as it is written: `base.html`, `shop:base.html`.
            parent: the template in which it is written, by the name that this method gave it.
            theme: the one that pages are drawn with.
        """
        named, _colon, path = template.rpartition(":")
        asked_by, _colon, asking_path = (parent or "").rpartition(":")
        if asked_by == _ADMIN or path.startswith(f"{_ADMIN}/"):
            return f"{_ADMIN}:{path}"
        line = self.line(named or theme)
        if named and not line:
            if named not in {OURS, _ADMIN}:
                raise TemplateNotFound(template)
            return path
        if not named and asked_by and asking_path == path:
            line = self.line(asked_by)[1:]
        for each in line:
            if path in self._templates[each.name]:
                return f"{each.name}:{path}"
        return path

    def _line_of(self, theme: Theme) -> Iterator[Theme]:
        passed: list[str] = []
        while True:
            if theme.name in passed:
                raise PluginError(f"{self._whose[theme.name]} is its own parent")
            passed.append(theme.name)
            yield theme
            if not theme.parent:
                return
            if theme.parent not in self.by_name:
                raise PluginError(
                    f"{self._whose[theme.name]} has the parent {theme.parent!r}, which is not there"
                )
            theme = self.by_name[theme.parent]

    def _names_in(self, theme: Theme) -> frozenset[str]:
        if theme.name in {OURS, _ADMIN} or ":" in theme.name:
            raise PluginError(f"{self._whose[theme.name]} can’t be named so")
        if not theme.templates.is_dir():
            raise PluginError(f"{self._whose[theme.name]}: there is no folder {theme.templates}")
        if theme.stylesheet is not None and not theme.stylesheet.is_file():
            raise PluginError(f"{self._whose[theme.name]}: there is no file {theme.stylesheet}")
        return frozenset(
            path.relative_to(theme.templates).as_posix()
            for path in theme.templates.rglob("*")
            if path.is_file()
        )


class ThemedTemplates(Environment):
    """Flask's template environment, in which a name means the template of the present theme."""

    themes: Themes | None = None

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self._found: dict[str, Template] = {}
        """By its name with that of its theme: a page asks forty times, and Jinja takes six calls to find one."""

    def get_template(
        self,
        name: str | Template,
        parent: str | None = None,
        globals: MutableMapping[str, Any] | None = None,  # noqa: A002 - as Jinja calls it
    ) -> Template:
        """The template of a name, as the present theme has it."""
        if self.themes is None or not isinstance(name, str):
            return super().get_template(name, None, globals)
        theme = present_name()
        if theme != OURS or ":" in name:
            name = self.themes.source_of(name, parent, theme)
        if globals or self.auto_reload:
            return super().get_template(name, None, globals)
        found = self._found.get(name)
        if found is None:
            found = self._found[name] = super().get_template(name, None)
        return found

    def select_template(
        self,
        names: Iterable[str | Template],
        parent: str | None = None,
        globals: MutableMapping[str, Any] | None = None,  # noqa: A002 - as Jinja calls it
    ) -> Template:
        """The first that is there."""
        tried = list(names)
        for name in tried:
            try:
                return self.get_template(name, parent, globals)
            except TemplateNotFound:
                continue
        raise TemplatesNotFound([str(name) for name in tried])


class ThemeLoader(BaseLoader):
    """Finds a template by a name that `Themes.source_of` gave it."""

    def __init__(self, themes: Themes, ours: BaseLoader) -> None:
        self._ours = ours
        self._folders = {
            name: FileSystemLoader(theme.templates) for name, theme in themes.by_name.items()
        }

    def get_source(
        self, environment: Any, template: str
    ) -> tuple[str, str | None, Callable[[], bool] | None]:
        """As Jinja asks for it."""
        named, _colon, path = template.rpartition(":")
        return self._folders.get(named, self._ours).get_source(environment, path)

    def list_templates(self) -> list[str]:
        """The names of ours."""
        return self._ours.list_templates()


def install(app: Flask, registry: Registry) -> None:
    """Draw the pages of an application with its themes, and serve their style sheets.

    Raises:
        PluginError: a theme can't be used.
    """
    state = state_of(app)
    themes = Themes(registry.themes, registry.owners)
    refuse_unknown_names(themes, registry)
    state.add(themes)
    environment = app.jinja_env
    assert isinstance(environment, ThemedTemplates)  # noqa: S101 - as `create_app` has it
    assert environment.loader is not None  # noqa: S101 - as Flask makes it
    environment.loader = ThemeLoader(themes, environment.loader)
    environment.themes = themes
    refuse_missing_templates(environment, registry)
    for name in themes.by_name:
        sheets = [each.stylesheet for each in reversed(themes.line(name)) if each.stylesheet]
        if sheets:
            state.assets.add_bundle(sheet_name(name), sheets)


def refuse_unknown_names(themes: Themes, registry: Registry) -> None:
    """Look whether each `NAME:base.html` in a template of a theme or of a plugin names a theme that is there.

    Raises:
        PluginError: one does not.
    """
    folders = [
        (f"plugin {registry.owners.of(each)!r}: the theme {each.name!r}", each.templates)
        for each in themes.by_name.values()
    ]
    for pages in registry.blueprints:
        owner = registry.owners.of(pages)
        if owner in registry.third_parties and pages.template_folder:
            folders.append((f"plugin {owner!r}", Path(pages.root_path, pages.template_folder)))
    for whose, folder in folders:
        for path in sorted(folder.rglob("*.html")):
            for named in _NAMED.findall(path.read_text(encoding="utf-8", errors="replace")):
                if named not in {OURS, _ADMIN, *themes.by_name}:
                    raise PluginError(
                        f"{whose}: {path.name} names the theme {named!r}, which is not there"
                    )


def refuse_missing_templates(environment: Environment, registry: Registry) -> None:
    """Look whether the templates are there that plugins of others name for parts of our pages.

    Raises:
        PluginError: one is not.
    """
    assert environment.loader is not None  # noqa: S101 - as Flask makes it
    for hook in ("slots", "directives", "article_gates"):
        for item in getattr(registry, hook):
            owner = registry.owners.of(item)
            if owner not in registry.third_parties:
                continue
            try:
                environment.loader.get_source(environment, item.template)
            except TemplateNotFound:
                raise PluginError(
                    f"plugin {owner!r}: {hook}: the template {item.template!r} is not there"
                ) from None


def option_types(registry: Registry) -> dict[str, type[Any]]:
    """The options of all themes, by the names under which they are stored."""
    return {
        option_namespace(theme.name): theme.options for theme in registry.themes if theme.options
    }


def option_namespace(theme: str) -> str:
    """The name under which the options of a theme are stored."""
    return f"theme-{theme}"


def sheet_name(theme: str) -> str:
    """The name under which the style sheet of a theme and its parents is served."""
    return f"themes/{theme}.css"


def themes() -> Themes:
    """Those of the present application."""
    return app_state().part(Themes)


def present_name() -> str:
    """The name of the theme that the page being made is drawn with; `OURS` for none."""
    try:
        kept = g._get_current_object()  # noqa: SLF001 - the documented way past a proxy: every template asks
    except RuntimeError:  # no application is at work
        return OURS
    name: str | None = vars(kept).get("theme")
    if name is None:
        preview = previewed()
        if preview is not None:
            private_page()
        name = kept.theme = themes().chosen() if preview is None else preview
    return name


def previewed() -> str | None:
    """The name of the theme that this visitor looks at before anybody else does; None where that is not so."""
    name = cookie(PREVIEW_COOKIE) if has_request_context() else None
    return name if name == OURS or name in themes().by_name else None


def stylesheets() -> list[str]:
    """The addresses of what the present theme adds to our style sheet."""
    theme = present_name()
    has_sheet = any(each.stylesheet for each in themes().line(theme))
    return [app_state().assets.url(sheet_name(theme))] if has_sheet else []


def option(name: str) -> Any:
    """What the owner chose for an option of the present theme, or of the one of its parents that has it.

    Raises:
        AttributeError: no theme in the line has it.
    """
    for theme in themes().line(present_name()):
        if theme.options is not None and hasattr(theme.options, name):
            return getattr(settings.current(theme.options), name)
    raise AttributeError(f"the theme has no option {name!r}")


def draw_with(name: str) -> None:
    """Draw every page with a theme from now on, or with ours. Only inside a unit of work."""
    settings.change(ThemeSettings, {"chosen": name})
