"""create_app(): the one page on which everything is put together, in order."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from babel import Locale
from flask import Flask, abort, request
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter, Map, Rule

from shop import answers, config, templating
from shop.core import database, events, jobs, mail, memory, retention, site
from shop.core.app_state import AppState, hold, state_of
from shop.core.changes import listener, purge
from shop.core.files import storage
from shop.core.jobs import JobRegistry
from shop.core.languages import catalogs
from shop.core.mail import retention as mail_retention
from shop.core.mail import turns
from shop.core.observing import figures, logs, request_watch, traces
from shop.core.pages import front, page_cache, store
from shop.core.pages.cache import PageCache
from shop.core.pages.store import PageStore
from shop.core.secrets import kept
from shop.core.settings import SettingsRegistry
from shop.core.web import assets, hosts, networks, notices, security
from shop.core.web.application import Application
from shop.core.web.cookies import Sessions
from shop.core.web.limits import capacity
from shop.extensions import babel, db, limiter, login_manager
from shop.plugins import manager
from shop.plugins.drawing import themes
from shop.plugins.guard import asking
from shop.plugins.installed.switches import switched_off
from shop.plugins.manager import Registry
from shop.plugins.moderation import late
from shop.plugins.starting import mounting, way_out
from shop.plugins.starting.ways_to_pay import origins_to_pay_at

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


# From the ground up: a feature may use those before it, never those after it.
FEATURES = (
    "accounts",
    "articles",
    "catalog",
    "cart",
    "orders",
    "payments",
    "downloads",
    "checkout",
    "payments_stripe",
    "discounts",
    "shipping",
    "taxes",
    "shipments",
    "invoices",
    "sales",
    "comments",
    "newsletter",
    "media",
    "stock_alerts",
    "contact",
    "branding",
    "search",
    "feeds",
    "redirects",
    "exporters",
    "importers",
    "broadsheet",
    "health",
    "admin",
)

FORM_BYTES = 1_000_000
SESSION_DAYS = 90
"""How long the cookie may live; when a session ends, its row decides."""


def create_app(boot: config.Config | None = None) -> Flask:
    """Assemble an application.

    Raises:
        ConfigError, PluginError: one line on what is wrong with the environment or a plugin.
    """
    boot = boot or config.load()
    logs.install(debug=boot.debug)
    app = Application("shop", root_path=str(Path(__file__).parent), static_folder=None)
    app.request_class = page_cache.NotedRequest
    logs.follow_requests(app)
    _configure(app, boot)
    _open_database(app, boot)
    registry = manager.collect(_plugin_modules(boot))
    hold(app, _state(boot, registry))
    _add_plugins(app, registry)
    _bind_extensions(app, boot)
    templating.install(app)
    themes.install(app, registry)
    answers.install(app)
    app.before_request(_refuse_null_bytes)
    app.after_request(notices.carry)
    app.after_request(page_cache.mark)
    _put_in_front(app, boot)
    return app


def _configure(app: Flask, boot: config.Config) -> None:
    key, *before = boot.secret_keys()
    app.config.update(
        SECRET_KEY=key,
        SECRET_KEY_FALLBACKS=before,
        DEBUG=boot.debug,
        MAX_CONTENT_LENGTH=FORM_BYTES,
        MAX_FORM_MEMORY_SIZE=FORM_BYTES,
        MAX_FORM_PARTS=200,
        SESSION_COOKIE_NAME="session",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=SESSION_DAYS * 24 * 3600,
        SESSION_REFRESH_EACH_REQUEST=False,  # else a kept page would carry one visitor's cookie to all
        WTF_CSRF_ENABLED=False,  # shop.core.web.security guards every form by its origin instead
        BABEL_DEFAULT_LOCALE="en",
        BABEL_DEFAULT_TIMEZONE="UTC",
        RATELIMIT_STORAGE_URI=_counters(boot),
        RATELIMIT_STORAGE_OPTIONS=_short_patience() if boot.valkey_url else {},
        RATELIMIT_SWALLOW_ERRORS=True,
    )
    app.session_interface = Sessions()
    app.jinja_environment = templating.Environment
    app.jinja_env.undefined = templating.Undefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.url_map.strict_slashes = False
    app.url_rule_class = _LateRule
    app.url_map.converters["int"] = _StorableInteger


def _counters(boot: config.Config) -> str:
    if not boot.valkey_url:
        return boot.limits_url
    # Imported here, because it loads the client of Valkey, and makes its own scheme known to the limiter's library.
    from shop.core.web.limits import limit_counters

    return limit_counters.PREFIX + boot.limits_url


def _short_patience() -> dict[str, Any]:
    """Short time-outs: a Valkey that does not answer delays a visitor by 0.2 seconds. The client's own retries take
    14."""
    # Imported here, because it is an eighth of the start, which a site without a Valkey need not pay.
    from valkey.backoff import NoBackoff
    from valkey.retry import Retry

    return {
        "socket_timeout": 0.2,
        "socket_connect_timeout": 0.2,
        "retry": Retry(NoBackoff(), 0),
    }


def _open_database(app: Flask, boot: config.Config) -> None:
    url = boot.effective_database_url
    boot.make_data_dir()
    app.config.update(
        SQLALCHEMY_DATABASE_URI=url, SQLALCHEMY_ENGINE_OPTIONS=database.engine_options(url)
    )
    db.init_app(app)
    with app.app_context():
        database.prepare(db.engine, boot.make_database_private)


def _plugin_modules(boot: config.Config) -> list[Any]:
    modules = manager.shipped(FEATURES, boot.features_off)
    return modules if boot.safe_mode else modules + manager.installed(boot.plugins)


def _state(boot: config.Config, registry: Registry) -> AppState:
    transport = way_out.transport_of(boot, registry)
    state = AppState(
        config=boot,
        purge_board=purge.PurgeBoard(boot.data_dir / purge.FILE),
        assets=assets.Assets(boot.data_dir / assets.FOLDER),
        settings=SettingsRegistry(
            {
                "site": site.SiteSettings,
                "retention": retention.RetentionSettings,
                themes.NAMESPACE: themes.ThemeSettings,
                **themes.option_types(registry),
                **{plugin.name: plugin.settings for plugin in registry.plugins if plugin.settings},
            }
        ),
        jobs=JobRegistry(
            (mail.JOB, late.KIND, *registry.job_kinds),
            (
                jobs.HOUSEKEEPING,
                turns.HOUSEKEEPING,
                mail_retention.HOUSEKEEPING,
                kept.HOUSEKEEPING,
                listener.HOUSEKEEPING,
                *registry.periodic_jobs,
            ),
        ),
        subscribers=events.subscriber_table(registry.subscribers),
        mail=mail.MailSystem(
            {kind.name: kind for kind in registry.mail_kinds}, transport, boot.mail_from
        ),
        files=storage.store_at(boot.files_url, boot),
    )
    state.jobs.at_rest += [transport.rest, memory.give_back_memory]
    state.jobs.is_off = lambda kind: registry.jobs_of.get(kind, "") in _switched_off(registry)
    state.add(registry)
    state.add(registry.owners)
    return state


def _switched_off(registry: Registry) -> frozenset[str]:
    return switched_off() & registry.third_parties if registry.third_parties else frozenset()


def _add_plugins(app: Flask, registry: Registry) -> None:
    asking.listen()
    mounting.mount(app, registry)
    if registry.has("admin"):
        from shop.blueprints.admin import shell

        app.register_blueprint(shell.build(registry))
    mounting.refuse_clashes(app, registry)
    mounting.refuse_dead_links(app, registry)


def _bind_extensions(app: Flask, boot: config.Config) -> None:
    # Not init_app(), whose hooks read the session on every request: see accounts/signing_in/sessions.py.
    app.login_manager = login_manager  # type: ignore[attr-defined]
    catalogs.compile_changed()
    theirs = map(str, state_of(app).part(Registry).locale_folders)
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = ";".join([*theirs, "translations"])
    babel.init_app(app, locale_selector=lambda: _locale(site.site().locale))
    limiter.init_app(app)
    security.install(app, form_targets=_form_targets(app), https=boot.is_https)


@cache
def _locale(name: str) -> Locale:
    """Read once: babel looks a name up among its files."""
    return Locale.parse(name)


def _form_targets(app: Flask) -> list[str]:
    """Where the answer to a form of ours may lead to besides our own pages: to pay."""
    with app.app_context():
        return origins_to_pay_at(state_of(app).part(Registry))


def _put_in_front(app: Flask, boot: config.Config) -> None:
    """WSGI layers, innermost first: who is worked on, static files, what is sent or handed over slowly, where the
    visitor is, kept pages, what a proxy says of the visitor, our names, and outermost what is noted of each request.
    """
    state = state_of(app)
    counted = _figures(app, boot)
    worked_on = request_watch.WorkCount(app.wsgi_app, counted.requests)
    fixed = security.fixed_headers(security.STATIC_POLICY, https=boot.is_https)
    note = counted.note_place
    wsgi: WSGIApplication = state.assets.serve(capacity.WorkLimit(worked_on, note), fixed)
    wsgi = networks.PlainAddress(capacity.ThreadLimits(wsgi, note))
    pages = PageCache(wsgi, state.purge_board, note)
    state.add(pages)
    state.add(PageStore(boot.data_dir / store.FOLDER, maker=lambda: _page_maker(state)))
    folder = front.folder_of(boot.data_dir, boot.front_dir)
    if folder is not None:
        policy = security.content_security_policy(_form_targets(app))
        sent = {
            **security.fixed_headers(policy, https=boot.is_https),
            "Cache-Control": page_cache.PUBLIC,
        }
        state.add(front.FrontPages(folder, sent, state.purge_board))
    wsgi = pages
    if boot.trusted_proxies:
        hops = boot.trusted_proxies
        wsgi = ProxyFix(wsgi, x_for=hops, x_proto=hops, x_host=0, x_prefix=0)
    wsgi = guard = hosts.HostGuard(wsgi, state, pages.at_once)
    has_front = boot.trusted_proxies > 0
    wsgi = request_watch.RequestWatch(
        wsgi,
        counted.requests,
        trusts_front=has_front,
        writes_lines=boot.access_log,
        at_once=guard.at_once,
    )
    if (tracer := traces.wanted_tracer()) is not None:
        with app.app_context():
            traces.trace_work(tracer, db.engine, counted)
        wsgi = traces.TracedRequests(wsgi, tracer, trusts_front=has_front)
    app.wsgi_app = wsgi  # type: ignore[method-assign]


def _page_maker(state: AppState) -> str:
    """What pages are made by, besides the database: they can't be the same when one of these changes."""
    plugins = sorted(plugin.name for plugin in state.part(Registry).plugins)
    made_by = [version("bookstall"), state.config.base_url, plugins, state.assets.fingerprint()]
    return json.dumps(made_by)


def _figures(app: Flask, boot: config.Config) -> figures.HostFigures:
    state = state_of(app)
    counted = figures.HostFigures(
        boot.data_dir,
        pages=app.view_functions,
        slots=state.part(Registry).slot_table.templates,
        jobs=state.jobs.kinds,
    )
    with app.app_context():
        counted.watch(db.engine)
    state.add(counted)
    return counted


class _LateRule(Rule):
    """A rule that compiles what builds its address when the first one is built.

    Werkzeug compiles two functions for each of our three hundred rules before the first request: a sixth of a start.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        name = "_build_unknown" if append_unknown else "_build"
        compiled = super()._compile_builder

        def build(rule: Rule, /, **values: Any) -> tuple[str, str]:
            built: Callable[..., tuple[str, str]] = compiled(append_unknown).__get__(rule, None)
            setattr(rule, name, built)
            return built(**values)

        return build


class _StorableInteger(IntegerConverter):
    """A number in an address that fits a column; a larger one names nothing, and no database need be asked."""

    def __init__(self, url_map: Map, *arguments: Any, **options: Any) -> None:
        super().__init__(url_map, *arguments, **{"max": 2**63 - 1, **options})


def _refuse_null_bytes() -> None:
    """PostgreSQL can't store NUL, and no address of this site contains one."""
    if "\x00" in request.path or "%00" in request.environ.get("QUERY_STRING", ""):
        abort(404)
