"""What every template knows: the site, navigation, slots, addresses of assets, filters for money and time."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterator, MutableMapping
from functools import partial
from importlib.metadata import version
from operator import attrgetter
from pathlib import Path
from pickle import UnpicklingError
from typing import Any, NamedTuple

import structlog
from flask import Flask, g, has_request_context, request, url_for
from jinja2 import FileSystemBytecodeCache, StrictUndefined
from jinja2.bccache import Bucket
from markupsafe import Markup
from werkzeug.local import LocalProxy
from werkzeug.routing import BuildError

from shop.config import entry
from shop.core import addresses, money
from shop.core.app_state import app_state, state_of
from shop.core.pages.page_cache import made_of
from shop.core.site import site
from shop.core.web import notices, security
from shop.core.web.tables import with_headings
from shop.plugins import bounded, fitting, guarded, registry
from shop.plugins.drawing import loading, themes
from shop.plugins.drawing.slots import NOTHING, Handed
from shop.plugins.installed.switches import switched_off
from shop.plugins.manager import PluginError, Registry
from shop.plugins.terms.read_models import MailView, OrderView
from shop.plugins.types import NavigationItem, NavigationSource
from shop.templating import drawing, fragments, wording
from shop.templating.fragments import FragmentTag

log = structlog.get_logger(__name__)
TEMPLATES = entry("templates")
_TEMPLATE = (".html", ".txt")
_LINKS = "shop.menu_links"


class Undefined(StrictUndefined):
    """An undefined name: it may be tested (`{% if caller %}`), but never printed or looped over."""

    def __bool__(self) -> bool:  # type: ignore[override]
        return False


class Environment(themes.ThemedTemplates):
    """Flask's with themes, whose templates share one dict of globals.

    Jinja gives each a chain of dicts, and walks it name by name wherever a template is drawn or imported: a tenth of a
    page.
    """

    code_generator_class = drawing.Generator
    context_class = drawing.PageContext
    html_of = staticmethod(drawing.html_of)

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """The globals of a template to which nobody adds any of its own."""
        return super().make_globals(d) if d else self.globals


class CompiledTemplates(FileSystemBytecodeCache):
    """Templates as bytecode, kept for the next process: to compile them costs a start more than a second of pages.

    What a template compiles to depends on more than its text, so every version of ours and of Jinja has its own, and so
    has every state of the modules that compile, and every place where they are.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        super().__init__(str(folder), f"{version('bookstall')}-{_compiler()}-%s.jinja")

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fetch one; a file that a power cut left in pieces is none."""
        try:
            super().load_bytecode(bucket)
        except (EOFError, UnpicklingError):
            bucket.reset()

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep one, if there is room: a full disk is no reason to answer nothing."""
        with contextlib.suppress(OSError):
            super().dump_bytecode(bucket)


def _compiler() -> str:
    """A name for what compiles templates now. What is compiled calls it by its place in the package."""
    mark = hashlib.sha256(version("jinja2").encode())
    for module in (drawing, fragments):
        mark.update(module.__name__.encode())
        mark.update(Path(str(module.__file__)).read_bytes())
    return mark.hexdigest()[:8]


class Link(NamedTuple):
    """A link of a menu, as templates draw it."""

    label: str
    url: str
    is_current: bool


class _PlacedLink(NamedTuple):
    place: str
    order: int
    label: str
    url: str


class _FixedLinks(dict[tuple[str, frozenset[str]], list[_PlacedLink]]):
    """The links that stay while the site runs, by language: words and addresses of a dozen cost more than a query."""


def install(app: Flask) -> None:
    """Give an application's templates their words, and build its static files.

    Raises:
        PluginError: a plugin gives a filter that is there already.
    """
    state = state_of(app)
    state.assets.build()
    loading.build_assets(state.assets, state.part(Registry).assets)
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.add_extension(FragmentTag)
    app.jinja_env.bytecode_cache = CompiledTemplates(state.config.data_dir / TEMPLATES)
    app.jinja_env.globals.update(
        asset=state.assets.url,
        slot=_slot,
        needs=loading.needs,
        mail_view=_mail_view,
        navigation=_navigation,
        absolute_url=security.absolute_url,
        theme_stylesheets=themes.stylesheets,
        theme_option=themes.option,
        previewed_theme=themes.previewed,
        is_on=lambda name: registry().has(name),
        _=wording.translate,
        gettext=wording.translate,
        ngettext=wording.translate_plural,
    )
    app.jinja_env.filters.update(
        money=lambda minor, currency: money.format_money(minor, currency),
        rate=lambda rate: money.format_rate(rate),
        relative_time=wording.relative_time,
        relative_times=wording.relative_times,
        long_date=wording.long_date,
        on_date=wording.on_date,
        on_clock=wording.on_clock,
        on_minute=wording.on_minute,
        unbroken=wording.unbroken,
        with_headings=with_headings,
        address_lines=addresses.address_lines,
    )
    add_filters(app)
    app.context_processor(_context)


def add_filters(app: Flask) -> None:
    """Give an application's templates the filters of plugins.

    Raises:
        PluginError: one has the name of a filter that is there.
    """
    contributed = state_of(app).part(Registry)
    for given in contributed.template_filters:
        name, function = given
        if name in app.jinja_env.filters:
            whose = f"plugin {contributed.owners.of(given)!r}"
            raise PluginError(
                f"{whose}: it gives a template filter named {name!r}, which is there already"
            )
        app.jinja_env.filters[name] = function


def compile_ahead(app: Flask, below: str = "") -> None:
    """Compile the templates whose names begin with `below`, unless a process before this one has.

    All of them take seconds, a page's own a quarter of one. A template that can't be compiled is left to whoever draws
    it.
    """
    environment = app.jinja_env
    if environment.loader is None:
        return
    for name in environment.list_templates():
        if name.startswith(below) and name.endswith(_TEMPLATE):
            try:
                environment.loader.load(environment, name)
            except Exception:
                log.exception("templates.not_compiled", template=name)


def compile_mails(app: Flask) -> None:
    """Compile the templates of mails, unless a process before this one has.

    A mail is rendered inside a transaction. With SQLite nobody else can write meanwhile, and compiling the first
    confirmation of an order kept buyers waiting, on a busy machine until they were sent away.
    """
    compile_ahead(app, "email/")


def _context() -> dict[str, Any]:
    if not has_request_context():  # a mail
        return {"site": site(), "base_url": security.base_url()}
    return {
        "site": site(),
        "base_url": security.base_url(),
        "notices": LocalProxy(notices.take),
        "canonical_url": security.base_url() + request.path,
    }


def _slot(point: str, handed: Handed = NOTHING, **arguments: Any) -> Markup:
    return registry().slot_table.draw(point, handed, **arguments)


def _mail_view(kind: str, recipient: str, subject: str, about: object) -> MailView:
    """What the points of mails get. Whatever else a mail calls `view` is nobody's but its own."""
    return MailView(kind, recipient, subject, about if isinstance(about, OrderView) else None)


def _navigation(place: str) -> tuple[Link, ...]:
    """The links of a menu: those that the owner wants, or else all that features and plugins offer."""
    made_of("settings")
    here = request.path if has_request_context() else ""
    return tuple(
        Link(
            each.label,
            each.url,
            here == each.url or (each.url != "/" and here.startswith(each.url)),
        )
        for each in site().own_menu(place) or _usual_links(place)
    )


def _usual_links(place: str) -> list[_PlacedLink]:
    return [each for each in _placed_links() if each.place == place]


def _placed_links() -> list[_PlacedLink]:
    """The links of all menus in their order, worked out once a request."""
    found: list[_PlacedLink] | None = g.get(_LINKS)
    if found is None:
        found = sorted([*_fixed_links(), *_changing_links()], key=attrgetter("order"))
        setattr(g, _LINKS, found)
    return found


def _fixed_links() -> list[_PlacedLink]:
    kept = app_state().part(_FixedLinks, _FixedLinks)
    key = (wording.language(), switched_off())
    if key not in kept:
        items = (each for each in registry().navigation if isinstance(each, NavigationItem))
        kept[key] = [
            link for item in items for link in _guarded_links(item, partial(list, (item,)))
        ]
    return kept[key]


def _changing_links() -> Iterator[_PlacedLink]:
    for source in registry().navigation:
        if isinstance(source, NavigationItem):
            continue
        yield from _guarded_links(source, partial(_given, source))


def _guarded_links(
    item: NavigationItem | NavigationSource, give: Callable[[], list[NavigationItem]]
) -> list[_PlacedLink]:
    nothing: list[_PlacedLink] = []
    return guarded(
        "navigation",
        item,
        lambda: [link for given in give() for link in _links(given)],
        otherwise=nothing,
    )


def _given(source: NavigationSource) -> list[NavigationItem]:
    """The links of a source, each of the right type."""
    return [fitting(item, NavigationItem) for item in bounded(source.items())]


def _links(item: NavigationItem) -> Iterator[_PlacedLink]:
    """The link of an item; none, and a line in the log, for one that leads nowhere."""
    try:
        url = url_for(item.endpoint, **item.values)
    except BuildError:
        log.exception("navigation.failed", endpoint=item.endpoint)
        return
    label = loading.require_short(str(item.label))
    yield _PlacedLink(item.place, item.order, label, url)
