"""The plugins that are there: what each contributes, how it does, and a switch for those of others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from flask import Blueprint, abort, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the stubs

from shop.blueprints.accounts.signing_in.proof_pages import ask_unless_proved
from shop.blueprints.admin import failures
from shop.config import entry
from shop.core import clock, settings
from shop.core.app_state import app_state
from shop.plugins.api import Plugin, Refused, commits, notify
from shop.plugins.api.forms import Form, one_line, several_lines
from shop.plugins.guard.health import SLOW_SECONDS, asked_hosts, forget_calls, troubled
from shop.plugins.installed import known, migrations, purging
from shop.plugins.installed.switches import switch_off, switch_on, switched_off
from shop.plugins.manager import Registry

bp = Blueprint("plugins", __name__)


class SampleForm(Form):
    """A field of each kind, to be looked at."""

    words = StringField(
        _l("Text"), description=_l("A hint below the label."), **one_line(80, required=False)
    )
    more = TextAreaField(_l("Several lines"), **several_lines(500, required=False))
    choice = SelectField(_l("Choice"), choices=[SelectChoice("a", "A"), SelectChoice("b", "B")])
    is_so = BooleanField(_l("Yes or no"))


PURGED = entry("purged")
"""The folder for what purged plugins kept."""


@dataclass(frozen=True, slots=True)
class Row:
    """A plugin as the owner sees it. `version` is empty for what ships with the shop, `given` names its hooks."""

    plugin: Plugin
    version: str
    given: Sequence[str]
    has_settings: bool
    has_switch: bool
    is_off: bool
    is_behind: bool
    hosts: Sequence[str]


@bp.get("/")
def index() -> ResponseReturnValue:
    """All plugins, and which of their parts failed or were slow, on all hosts together."""
    return render_template(
        "admin/plugins/index.html",
        rows=_rows(),
        titles={plugin.name: plugin.title for plugin in app_state().part(Registry).plugins},
        failures=failures,
        gone=known.gone(),
        files=[path.name for path in sorted(_folder().glob("*.zip"), reverse=True)],
        troubled=troubled(),
        now=clock.now(),
        slow_ms=round(SLOW_SECONDS * 1000),
        shop_version=version("bookstall"),
        safe_mode=app_state().config.safe_mode,
    )


def _rows() -> list[Row]:
    whole = app_state().part(Registry)
    versions, hosts = known.versions(), asked_hosts()
    with_settings, off, behind = settings.registered(), switched_off(), migrations.plugins_behind()
    given = known.contributions()
    return [
        Row(
            plugin,
            versions.get(plugin.name, ""),
            given.get(plugin.name, ()),
            plugin.name in with_settings,
            plugin.name in whole.third_parties,
            plugin.name in off,
            plugin.name in behind,
            hosts.get(plugin.name, ()),
        )
        for plugin in sorted(whole.plugins, key=lambda each: each.name not in whole.third_parties)
    ]


@bp.get("/building-blocks")
def blocks() -> ResponseReturnValue:
    """What pages of plugins are made of, each drawn and with its words: for whoever writes one."""
    return render_template("admin/plugins/blocks.html", form=SampleForm(formdata=None))


@bp.post("/<name>/off")
@commits
def off(name: str) -> ResponseReturnValue:
    """Do without a plugin, at once and on every host."""
    switch_off(_switchable(name))
    notify(_("The plugin is switched off."))
    return redirect(url_for("admin.plugins.index"), 303)


@bp.post("/<name>/on")
@commits
def on(name: str) -> ResponseReturnValue:
    """Use a plugin again.

    Raises:
        Refused: its tables wait for an upgrade.
    """
    if not migrations.is_up_to_date(_switchable(name)):
        raise Refused(
            _(
                "Its tables wait for an upgrade. Run: %(command)s",
                command=f"shop plugins enable {name}",
            )
        )
    switch_on(name)
    notify(_("The plugin is switched on."))
    return redirect(url_for("admin.plugins.index"), 303)


@bp.post("/<name>/forgotten")
@commits
def forget(name: str) -> ResponseReturnValue:
    """Forget how the calls of a plugin went, and end its pauses."""
    forget_calls(name)
    notify(_("Its failures are forgotten, and its paused parts are asked again."))
    return redirect(url_for("admin.plugins.index"), 303)


@bp.get("/<name>/purge")
def ask_to_purge(name: str) -> ResponseReturnValue:
    """What a plugin keeps, before it is deleted."""
    title = _titles()[_purgeable(name)]
    return render_template("admin/plugins/purge.html", title=title, found=purging.belongings(name))


@bp.post("/<name>/purge")
def purge(name: str) -> ResponseReturnValue:
    """Write what a plugin keeps into a file of the data folder, and delete it."""
    file = f"{_purgeable(name)}-{clock.now():%Y%m%d-%H%M%S}.zip"
    folder = _folder()
    folder.mkdir(mode=0o700, exist_ok=True)
    purging.purge_plugin(name, folder / file)
    notify(_("What the plugin kept is deleted here, and is in the file %(file)s.", file=file))
    return redirect(url_for("admin.plugins.index"), 303)


@bp.get("/purged/<name>")
def hand_out(name: str) -> ResponseReturnValue:
    """A file with what a purged plugin kept."""
    question = ask_unless_proved()
    if question is not None:
        return question
    path = _folder() / name
    if path not in _folder().glob("*.zip"):
        abort(404)
    return send_file(path.absolute(), as_attachment=True)


def _folder() -> Path:
    return app_state().config.data_dir / PURGED


def _purgeable(name: str) -> str:
    """Raises `Refused` for a plugin that is on."""
    if name in app_state().part(Registry).third_parties:
        if name not in switched_off():
            raise Refused(_("Switch the plugin off before you delete what it keeps."))
    elif name not in {each.name for each in known.gone()}:
        abort(404)
    return name


def _titles() -> dict[str, str]:
    gone = {each.name: each.title for each in known.gone()}
    return gone | {each.name: str(each.title) for each in app_state().part(Registry).plugins}


def _switchable(name: str) -> str:
    if name not in app_state().part(Registry).third_parties:
        abort(404)
    return name
