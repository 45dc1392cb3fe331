"""What is wrong with a plugin stops the start, in one line that names it."""

from __future__ import annotations

import decimal
import io
import logging
import re
import sys
import warnings
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import ModuleType, SimpleNamespace

import click
import pytest
from click.testing import CliRunner
from flask import Blueprint, Flask, render_template_string
from jinja2 import DictLoader, Environment, TemplateNotFound

from shop import cli, templating
from shop.core.app_state import hold
from shop.plugins import manager
from shop.plugins.api import (
    AdminSection,
    ArticleGate,
    Directive,
    FeedSource,
    HealthCheck,
    Importer,
    JobKind,
    MailKind,
    NavigationItem,
    Periodic,
    Permission,
    PersonalData,
    Plugin,
    SearchSource,
    Sitemap,
    Slot,
    Subscriber,
    Theme,
    hookimpl,
)
from shop.plugins.api.events import ArticlePublished
from shop.plugins.drawing import themes
from shop.plugins.installed import migrations
from shop.plugins.manager import Registry
from shop.plugins.starting import mounting
from tests.factories.orders import Till
from tests.plugins import packages

NOWHERE = Path("/no/such/folder")


def plugin(name="broken", about=None, **hooks):
    """A plugin module with these hooks."""
    module = ModuleType(name)
    module.PLUGIN = about or Plugin(name=name, title=name)
    for hook, items in hooks.items():
        module.__dict__[hook] = hookimpl(lambda items=items: items, specname=None)
    return module


def refusal(*modules):
    with pytest.raises(manager.PluginError) as refused:
        manager.collect(modules)
    said = str(refused.value)
    assert "\n" not in said
    return said


@pytest.mark.parametrize(
    ("hook", "item", "said"),
    [
        ("slots", "footer", "not what this hook gives"),
        ("slots", Slot("footer", 7, dict), "Slot.template is 7"),
        ("slots", Slot("footer", "x.html", "context"), "Slot.context is 'context'"),
        ("slots", Slot("footer", "x.html", dict, order="first"), "Slot.order is 'first'"),
        ("slots", Slot("footer", "x.html", lambda order: {}), "gives nothing, and the context"),
        (
            "slots",
            Slot("article.head", "x.html", lambda page: {}),
            "gives article, and the context",
        ),
        ("navigation", NavigationItem("footer", "Label", None), "NavigationItem.endpoint is None"),
        (
            "navigation",
            NavigationItem("sidebar", "Label", "x.y"),
            "there is no menu 'sidebar'; choose",
        ),
        ("health_checks", SimpleNamespace(name="x", check=str), "not what this hook gives"),
        ("health_checks", HealthCheck("x", "all is well"), "HealthCheck.check"),
        ("comment_checks", object(), "has no 'judge'"),
        ("cart_rules", SimpleNamespace(name="x", takes_codes=False), "has no 'terms'"),
        ("payment_providers", SimpleNamespace, "not what this hook gives"),
        ("template_filters", ("loud", "upper"), "not what this hook gives"),
        ("commands", print, "not what this hook gives"),
        ("migrations", "versions", "not what this hook gives"),
        ("migrations", NOWHERE, "/no/such/folder is not there"),
        ("themes", Theme("x", "X", NOWHERE), "/no/such/folder is not there"),
        ("blueprints", Blueprint("x", __name__, template_folder="none"), "is not there"),
        ("permissions", Permission("x.y", "X", ["editor"]), "Permission.roles"),
        ("importers", Importer("x", "X", print, options=("--all",)), "Importer.options"),
        ("periodic_jobs", Periodic("x.y", timedelta(0), print), "a second is the least"),
        ("job_kinds", JobKind("x.y", print, max_attempts=0), "is to be tried 0 times"),
        ("directives", Directive("x", "x.html", None), "Directive.context is None"),
    ],
)
def test_a_wrong_thing_stops_the_start_in_a_line_that_names_the_plugin(hook, item, said):
    line = refusal(plugin(**{hook: [item]}))
    assert line.startswith(f"plugin 'broken': {hook}: ")
    assert said in line


@pytest.mark.parametrize(
    ("about", "said"),
    [
        (Plugin(name="broken", title="Broken", api=">=2"), "it needs the API >=2, and this is 1."),
        (Plugin(name="broken", title="Broken", api="new"), "api='new' is no range"),
        (Plugin(name="site", title="Site"), "its name is taken"),
        (Plugin(name="Broken One", title="Broken"), "its name is taken, or is not of lower case"),
        (Plugin(name="broken", title="Broken", settings=dict), "its settings can’t be used"),
        (Plugin(name="broken", title="Broken", requires=["articles"]), "Plugin.requires"),
    ],
)
def test_who_a_plugin_says_it_is_has_to_be_right(about, said):
    assert said in refusal(plugin(about=about))


def test_a_range_of_the_api_that_fits_starts():
    about = Plugin(name="well", title="Well", api=">=1,<2")
    assert manager.collect([plugin("well", about)]).third_parties == {"well"}


def test_a_hook_that_ends_the_process_stops_the_start():
    module = plugin()

    def leave():
        raise SystemExit(1)

    module.slots = hookimpl(leave, specname="slots")
    assert "slots failed: SystemExit(1)" in refusal(module)


class Unsayable(BaseException):
    """What no `except Exception` catches, and what can't say what it is."""

    def __repr__(self):
        raise ValueError

    __str__ = __repr__


def never_ends():
    while True:
        yield Slot("footer", "x.html", dict)


def fails_beyond():
    raise Unsayable


def gives_none():
    return None


@pytest.mark.parametrize(
    ("hook", "said"),
    [
        (never_ends, "more than 1000 things"),
        (fails_beyond, "Unsayable: its words can’t be read"),
        (gives_none, "it gives None; yield what it gives, or nothing"),
    ],
)
def test_a_hook_that_never_ends_or_can_not_say_why_it_fails_stops_the_start(hook, said):
    module = plugin()
    module.slots = hookimpl(hook, specname="slots")
    assert said in refusal(module)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda patch: patch.chdir("/"), "the working directory"),
        (lambda patch: patch.setattr(sys, "stdout", io.StringIO()), "where output goes"),
        (
            lambda patch: patch.setattr(decimal.getcontext(), "prec", 3),
            "how decimal numbers are rounded",
        ),
        (
            lambda patch: patch.setattr(logging.getLogger(), "level", logging.CRITICAL),
            "where the log goes",
        ),
    ],
    ids=["folder", "output", "numbers", "log"],
)
def test_a_plugin_that_changes_what_belongs_to_the_process_stops_the_start(
    monkeypatch, change, what
):
    module = plugin()
    module.slots = hookimpl(lambda: change(monkeypatch) or [], specname="slots")
    assert f"slots: it changes {what}, for the whole process" in refusal(module)


BAD_MODULES = {
    "raise ImportError('it lacks something')": "ImportError('it lacks something')",
    "import sys; sys.exit(3)": "SystemExit(3)",
    "raise BaseException('beyond')": "BaseException('beyond')",
    "def half(:": "SyntaxError(",
    "import os; os.chdir('/')": "it changes the working directory",
    "PLUGIN = 'bad'": "has no PLUGIN = Plugin(...)",
}


def test_a_module_that_can_not_be_imported_stops_the_start(monkeypatch, tmp_path):
    said = {}
    for number, source in enumerate(BAD_MODULES):
        name = f"bad{number}"
        packages.write(tmp_path / f"bookstall_{name}", {"__init__.py": "", "plugin.py": source})
        packages.install(monkeypatch, tmp_path, name)
        with pytest.raises(manager.PluginError) as refused:
            manager.collect(manager.installed([name]))
        packages.uninstall(monkeypatch, tmp_path, name)
        said[source] = str(refused.value)
        assert "\n" not in said[source]
        assert name in said[source]
    assert [source for source, words in BAD_MODULES.items() if words not in said[source]] == []


def named_the_same():
    return {
        "search_sources": SearchSource("same", "Same", list),
        "health_checks": HealthCheck("same", str),
        "commands": click.Command("same"),
        "template_filters": ("same", lambda text: text),
        "job_kinds": JobKind("same", print),
        "periodic_jobs": Periodic("same", timedelta(hours=1), print),
        "subscribers": Subscriber("same", ArticlePublished, print),
        "permissions": Permission("same", "Same", frozenset()),
        "importers": Importer("same", "Same", print),
        "directives": Directive("same", "x.html", dict),
        "mail_kinds": MailKind("same", "Same", "Same", "Same"),
        "feed_sources": FeedSource("same", list),
        "sitemaps": Sitemap("same", list),
        "personal_data": PersonalData("same", "Same", list, print),
        "blueprints": Blueprint("same", __name__),
        "cart_rules": SimpleNamespace(name="same", takes_codes=False, terms=list),
        "comment_checks": SimpleNamespace(name="same", judge=print),
        "payment_providers": Till(name="same"),
    }


def test_two_plugins_can_not_give_the_same_name():
    ones, others = named_the_same(), named_the_same()
    for hook, item in ones.items():
        said = refusal(plugin("one", **{hook: [item]}), plugin("two", **{hook: [others[hook]]}))
        assert re.fullmatch("plugin 'two': .* named 'same', and 'one' does so too", said), hook


def test_an_end_that_leads_nowhere_names_its_plugin():
    for item in (
        Permission("loose", "Loose", frozenset(), comes_with=("nowhere",)),
        AdminSection("loose", "Loose", "talk", "nowhere", Blueprint("loose", __name__)),
    ):
        hook = "permissions" if isinstance(item, Permission) else "admin_sections"
        said = refusal(plugin(**{hook: [item]}))
        assert said.startswith("plugin 'broken': the ")
        assert said.endswith("'nowhere', which no plugin declares")


@pytest.fixture
def site():
    """An application with a page of its own."""
    app = Flask("tiny")
    pages = Blueprint("ours", "ours")
    pages.get("/cart/<name>")(lambda name: name)
    app.register_blueprint(pages)
    return app


def with_pages(address):
    pages = Blueprint("theirs", "theirs")
    pages.get(address)(lambda **_: "theirs")
    return manager.collect([plugin(blueprints=[pages])])


@pytest.mark.parametrize("address", ["/cart/<slug>", "/cart/<int:number>/", "/admin/plugins/"])
def test_pages_of_a_plugin_take_nobodys_address(site, address):
    found = with_pages(address)
    mounting.mount(site, found)
    with pytest.raises(manager.PluginError, match="plugin 'broken': "):
        mounting.refuse_clashes(site, found)


def test_a_link_in_a_menu_leads_to_a_page(site):
    for endpoint in ("ours.<lambda>", "nobodys.page"):
        mounting.refuse_dead_links(site, with_link(endpoint))
    with pytest.raises(
        manager.PluginError, match=r"^plugin 'broken': navigation: there is no page 'ours\.pgae'"
    ):
        mounting.refuse_dead_links(site, with_link("ours.pgae"))


def with_link(endpoint):
    return manager.collect([plugin(navigation=[NavigationItem("footer", "Label", endpoint)])])


@pytest.mark.parametrize(
    ("hook", "item"),
    [
        ("slots", Slot("footer", "broken/none.html", dict)),
        ("directives", Directive("x", "broken/none.html", dict)),
        (
            "article_gates",
            ArticleGate("x", "X", lambda *_given: True, "broken/none.html", lambda _article: {}),
        ),
    ],
)
def test_a_template_that_is_not_there_stops_the_start(hook, item):
    environment = Environment(loader=DictLoader({"well.html": ""}), autoescape=True)
    said = f"plugin 'broken': {hook}: the template 'broken/none.html' is not there"
    with pytest.raises(manager.PluginError, match=said):
        themes.refuse_missing_templates(environment, manager.collect([plugin(**{hook: [item]})]))
    there = replace(item, template="well.html")
    themes.refuse_missing_templates(environment, manager.collect([plugin(**{hook: [there]})]))


def test_two_pages_of_one_plugin_take_no_address_together():
    app, pages = Flask("tiny"), Blueprint("theirs", "theirs")
    pages.get("/page/<name>")(lambda name: name)
    pages.get("/page/<other>/", endpoint="second")(lambda other: other)
    found = manager.collect([plugin(blueprints=[pages])])
    app.register_blueprint(pages)
    with pytest.raises(manager.PluginError, match="is taken by its page 'theirs"):
        mounting.refuse_clashes(app, found)


def test_what_a_plugin_hangs_onto_every_request_fails_alone(monkeypatch):
    monkeypatch.setattr(mounting, "switched_off", frozenset)
    monkeypatch.setattr(mounting, "_answer_for_what_is_off", lambda _owners: None)
    app = Flask("tiny")
    app.get("/")(lambda: render_template_string("{{ site }} {{ word }}"))
    pages = Blueprint("theirs", "theirs")

    def leave(*_given):
        raise SystemExit(1)

    pages.before_app_request(leave)
    pages.after_app_request(leave)
    pages.app_context_processor(lambda: {"word": "whole", "site": "stolen"})
    pages.app_context_processor(leave)
    found = manager.collect([plugin(blueprints=[pages])])
    parts = {Registry: found}
    state = SimpleNamespace(
        part=lambda kind, make=None: parts.setdefault(kind, make and make()),
        config=SimpleNamespace(),
    )
    hold(app, state)
    mounting.mount(app, found)
    app.jinja_env.globals["site"] = "ours"
    answer = app.test_client().get("/")
    assert (answer.status_code, answer.text) == (200, "ours whole")


def test_a_site_with_tables_of_a_plugin_that_wait_is_not_served(app, monkeypatch):
    assert migrations.is_current()
    example = Path(__file__).parents[1] / "example_plugin" / "bookstall_marginalia" / "versions"
    monkeypatch.setattr(manager.registry(), "migrations", [("marginalia", example)])
    assert migrations.plugins_behind() == ["marginalia"]
    assert not migrations.is_current()
    ran = CliRunner().invoke(cli.commands(app), ["run", "--check"], obj=app)
    assert ran.exit_code == 1
    assert ran.output.startswith("Error: the tables of the plugin marginalia are not up to date;")


@pytest.mark.parametrize(
    ("revision", "before", "said"),
    [
        ("first", None, "Revision first is present more than once"),
        ("second", "nowhere", "Revision nowhere referenced"),
        ("second", None, "Multiple head revisions"),
    ],
)
def test_migrations_that_clash_are_told_in_one_line(
    app, monkeypatch, tmp_path, revision, before, said
):
    for number, (name, parent) in enumerate([("first", None), (revision, before)]):
        words = f"revision = {name!r}\ndown_revision = {parent!r}\n"
        (tmp_path / f"{number}.py").write_text(f"{words}def upgrade(): pass\n")
    monkeypatch.setattr(manager.registry(), "migrations", [("broken", tmp_path)])
    with warnings.catch_warnings(record=True, action="always") as warned:
        assert migrations.plugins_behind() == ["broken"]
        with pytest.raises(manager.PluginError) as refused:
            migrations.upgrade_plugins()
    line = str(refused.value)
    assert line.startswith("plugin 'broken': its tables stay as they were: ")
    assert said in line
    assert "\n" not in line
    assert warned == []


def test_a_command_and_a_filter_of_ours_are_not_taken(app, monkeypatch):
    command, loud = click.Command("run"), ("safe", str.upper)
    for hook, item in (("commands", command), ("template_filters", loud)):
        manager.registry().owners.note(item, "broken")
        monkeypatch.setattr(manager.registry(), hook, [item])
    with pytest.raises(manager.PluginError, match=r"plugin 'broken': .* named 'run'"):
        cli.commands(app)
    with pytest.raises(manager.PluginError, match=r"plugin 'broken': .* named 'safe'"):
        templating.add_filters(app)


def test_a_template_that_names_no_theme_stops_the_start(tmp_path):
    page = tmp_path / "pages" / "base.html"
    page.parent.mkdir()
    page.write_text('{% extends "shop:base.html" %}{% include "papr:cards.html" %}')
    found = manager.collect([plugin(themes=[Theme("paper", "Paper", page.parent)])])
    said = (
        "plugin 'broken': the theme 'paper': base.html names the theme 'papr', which is not there"
    )
    with pytest.raises(manager.PluginError, match=said):
        themes.refuse_unknown_names(themes.Themes(found.themes, found.owners), found)
    with pytest.raises(TemplateNotFound):
        themes.Themes(found.themes, found.owners).source_of("papr:cards.html", None, "paper")
    page.write_text('{% extends "paper:base.html" %}')
    themes.refuse_unknown_names(themes.Themes(found.themes, found.owners), found)
