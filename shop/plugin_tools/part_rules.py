"""What is asked of a plugin's parts that no address leads to: slots, jobs, mails, settings, personal data."""

from __future__ import annotations

import json
from collections.abc import Iterator

from jinja2 import TemplateError
from sqlalchemy import select

from shop.core.errors import ShopError
from shop.core.jobs import Job, schedule_periodic
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from shop.plugin_tools.contract import said
from shop.plugin_tools.trial_site import EMAILS, OWNER, TrialSite
from shop.plugins import fitting
from shop.plugins.api import ArticleGate, Directive, SearchDocument, Slot
from shop.plugins.guard import checking
from shop.plugins.guard.health import HookHealth, health_book


def broken_templates(site: TrialSite, name: str) -> Iterator[str]:
    """Templates that are not there, or can't be read."""
    environment = site.app.jinja_env
    with site.app.app_context():
        for template in _templates(site, name):
            try:
                environment.get_template(template)
            except TemplateError as error:
                yield f"{template}: {said(error)}"


def _templates(site: TrialSite, name: str) -> Iterator[str]:
    found, of = site.registry, site.registry.owners.of
    drawn: list[Slot | Directive | ArticleGate] = [*found.slots, *found.directives]
    for each in [*drawn, *found.article_gates]:
        if of(each) == name:
            yield each.template
    for kind in found.mail_kinds:
        if of(kind) == name:
            yield from (f"email/{kind.name}.txt", f"email/{kind.name}.html")
    for pages in (*found.blueprints, *(each.blueprint for each in found.admin_sections)):
        loader = pages.jinja_loader
        if loader is not None and name in (of(pages), _owner_of_section(site, pages)):
            yield from (each for each in loader.list_templates() if each.endswith(".html"))


def _owner_of_section(site: TrialSite, pages: object) -> str:
    found = site.registry
    return next(
        (found.owners.of(each) for each in found.admin_sections if each.blueprint is pages), ""
    )


def failed_calls(site: TrialSite, name: str) -> Iterator[str]:
    """Calls into the plugin that failed, as the site counted them."""
    with site.app.app_context():
        for row in _calls(name):
            if row.failures and row.hook != "pages":  # page_rules tell of those
                yield f"{row.hook} {row.part}: {row.last_words}"
        db.session.remove()


def slow_calls(site: TrialSite, name: str) -> Iterator[str]:
    """Calls into the plugin that took longer than a page may wait."""
    with site.app.app_context():
        for row in _calls(name):
            if row.slow_calls:
                yield f"{row.hook} {row.part}: {row.longest_ms} ms"
        db.session.remove()


def undrawn_slots(site: TrialSite, name: str) -> Iterator[str]:
    """Slots that no page of the trial has drawn."""
    with site.app.app_context():
        drawn = {row.part for row in _calls(name) if row.hook == "slots"}
        db.session.remove()
    for slot in site.registry.slots:
        part = f"{slot.point} {slot.template}"
        if site.registry.owners.of(slot) == name and part not in drawn:
            yield part


def _calls(name: str) -> list[HookHealth]:
    health_book().write()
    return list(db.session.scalars(select(HookHealth).where(HookHealth.plugin == name)))


def failed_jobs(site: TrialSite, name: str) -> Iterator[str]:
    """Jobs of the plugin that failed: what it wants to know of, and what it does again and again."""
    with site.app.app_context():
        schedule_periodic()
    site.run_jobs()
    its = [kind for kind, owner in site.registry.jobs_of.items() if owner == name]
    with site.app.app_context():
        rows = db.session.scalars(select(Job).where(Job.kind.in_(its), Job.error.is_not(None)))
        for job in rows:
            yield f"{job.kind}: {(job.error or '').strip().splitlines()[-1]}"
        db.session.remove()


def wrong_personal_data(site: TrialSite, name: str) -> Iterator[str]:
    """What is wrong with what it hands out about people, and erases."""
    with site.app.app_context():
        for kept in site.registry.personal_data:
            if site.registry.owners.of(kept) != name:
                continue
            for email in (*EMAILS.values(), "nobody@example.org"):
                try:
                    json.dumps(list(kept.export(email)))
                    with unit_of_work():
                        kept.erase(email)
                        kept.erase(email)
                except ShopError:
                    continue
                except Exception as error:  # noqa: BLE001 - it is the plugin's
                    yield f"{kept.name} of {email}: {said(error)}"
        db.session.remove()


def wrong_settings(site: TrialSite, name: str) -> Iterator[str]:
    """What is wrong with the owner's form for its settings."""
    plugin = next(each for each in site.registry.plugins if each.name == name)
    if plugin.settings is None:
        return
    for method in ("GET", "POST"):
        answer = site.visit(OWNER, f"/admin/settings/{name}", method)
        if answer.status >= 500 or (method == "GET" and answer.status != 200):
            yield f"{method} /admin/settings/{name}: {answer.words}"


def words_of_health(site: TrialSite, name: str) -> Iterator[str]:
    """What its own health checks complain of, on a site on which nobody has set it up."""
    with site.app.app_context():
        for answer in checking.ask_all():
            if answer.error and site.registry.owners.of(answer.check) == name:
                yield f"{answer.check.name}: {said(answer.error)}"
        db.session.remove()


def wrong_without_it(site: TrialSite) -> Iterator[str]:
    """What is wrong with a site on which the plugin was and is no more."""
    for who, address in site.pages:
        answer = site.visit(who, address)
        if answer.status != 200:
            yield f"{address} by {who}: {answer.words}"
    site.run_jobs()
    with site.app.app_context():
        for heard in checking.ask_all(vital_only=True):
            if heard.error:
                yield f"doctor, {heard.check.name}: {said(heard.error)}"
        db.session.remove()


def wrong_sources(site: TrialSite, name: str) -> Iterator[str]:
    """What is wrong with the pages that it gives to the search."""
    with site.app.app_context():
        for source in site.registry.search_sources:
            if site.registry.owners.of(source) == name:
                try:
                    for document in source.documents():
                        fitting(document, SearchDocument)
                except Exception as error:  # noqa: BLE001 - it is the plugin's
                    yield f"{source.name}: {said(error)}"
        db.session.remove()
