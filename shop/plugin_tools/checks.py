"""`shop plugins check NAME`: the life of a plugin on a site made for it, from install to purge."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from shop.extensions import db
from shop.plugin_tools import furnishing, packages, part_rules, table_rules, trial_site
from shop.plugin_tools.contract import Contract
from shop.plugin_tools.page_rules import PageWalk
from shop.plugin_tools.trial_site import TrialSite
from shop.plugins.installed import purging
from shop.plugins.manager import PluginError


@dataclass(frozen=True, slots=True)
class Ground:
    """Where a plugin is tried: an empty folder, and the address of an empty database. `kind` is for the report."""

    kind: str
    folder: Path
    url: str


def check_plugin(name: str, grounds: Iterable[Ground], contract: Contract) -> None:
    """Try a plugin against the contract, on each ground in turn.

    Args:
        name: of one that is installed, whether this site names it or not.
        grounds: used up one after the other.
        contract: is told of each rule.
    """
    contract.begin(f"The package of {name}")
    try:
        wanted = packages.with_what_it_needs(name)
    except PluginError as error:
        contract.rule("It can be imported", [str(error)])
        return
    contract.rule("It imports nothing of shop but the API", packages.reaching_around(name))
    for ground in grounds:
        contract.begin(f"On {ground.kind}")
        _check_on(ground, wanted, contract)


def _check_on(ground: Ground, wanted: tuple[str, ...], contract: Contract) -> None:
    try:
        site = trial_site.open_site(ground.folder, ground.url, wanted)
    except PluginError as error:
        contract.rule("A site starts with it", [str(error)])
        return
    contract.rule("A site starts with it: types fit, nothing clashes", ())
    name = wanted[-1]
    try:
        with site.app.app_context():
            before = table_rules.upgrade_ours()
            is_up = _has_tables(name, before, contract)
        if is_up:
            _live(site, name, contract)
    finally:
        site.close()
    if is_up:
        _leave(ground, wanted, before, contract)


def _has_tables(name: str, before: set[str], contract: Contract) -> bool:
    is_up = contract.rule("Its tables are made", table_rules.failed_upgrade())
    if is_up:
        contract.rule("They are named after it", table_rules.wrong_names(name, before))
        contract.rule("They are as its models say", table_rules.unlike_models(name))
        contract.rule(
            "Its migrations can be undone, and done again", table_rules.wrong_way_down(name, before)
        )
    return is_up


def _live(site: TrialSite, name: str, contract: Contract) -> None:
    contract.rule("Its templates can be read", part_rules.broken_templates(site, name))
    furnishing.furnish(site)
    walk = PageWalk(site, name)
    walk.walk()
    contract.rule(f"Every page answers whoever comes ({walk.visits} visits)", walk.failed)
    contract.rule("Pages load nothing that browsers are told to refuse", walk.blocked)
    bad = list(walk.send_wrong_things())
    contract.rule(f"Forms refuse bad input ({len(walk.forms)} forms)", bad)
    contract.rule("Its settings can be read and saved", part_rules.wrong_settings(site, name))
    contract.rule("Its jobs are done", part_rules.failed_jobs(site, name))
    contract.rule("What it gives to the search can be read", part_rules.wrong_sources(site, name))
    contract.rule(
        "Personal data is handed out and erased", part_rules.wrong_personal_data(site, name)
    )
    contract.rule(
        "Slots, menus, feeds and other parts are drawn", part_rules.failed_calls(site, name)
    )
    contract.rule("No part keeps a page waiting", part_rules.slow_calls(site, name))
    for address in walk.nowhere:
        contract.note(f"{address} answers 404 to everyone")
    for part in part_rules.undrawn_slots(site, name):
        contract.note(f"no page of the trial has the slot {part}")
    for words in part_rules.words_of_health(site, name):
        contract.note(f"its health check says: {words}")


def _leave(ground: Ground, wanted: tuple[str, ...], before: set[str], contract: Contract) -> None:
    """The same site without it, then without what it left."""
    site = trial_site.open_site(ground.folder, ground.url, wanted[:-1])
    name = wanted[-1]
    try:
        furnishing.let_people_in(site)
        contract.rule("Without it the site works", part_rules.wrong_without_it(site))
        contract.rule(
            "Purged, nothing of it is left", _left_by_purge(site, name, before, ground.folder)
        )
        contract.rule("After that the site works", part_rules.wrong_without_it(site))
    finally:
        site.close()


def _left_by_purge(site: TrialSite, name: str, before: set[str], folder: Path) -> Iterator[str]:
    with site.app.app_context():
        purging.purge_plugin(name, folder / "purged.zip")
        left = purging.belongings(name)
        if not left.is_nothing:
            yield str(left)
        yield from (f"the table {each}" for each in table_rules.all_tables() - before)
        db.session.remove()
