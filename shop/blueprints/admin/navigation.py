"""The navigation of the admin: groups of links, with the number of things that wait in each section."""

from __future__ import annotations

from dataclasses import dataclass

import structlog
from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.routing import BuildError

from shop.blueprints.accounts.models import Account
from shop.blueprints.accounts.queries import may
from shop.plugins import guarded, registry
from shop.plugins.types import AdminSection

log = structlog.get_logger(__name__)

GROUPS = {"write": _l("Content"), "talk": _l("Audience"), "sell": _l("Shop"), "house": _l("System")}


@dataclass(frozen=True, slots=True)
class Item:
    """A link of the sidebar; `count` is how much waits, or None where there is nothing to count."""

    label: str
    url: str
    count: int | None
    is_current: bool


@dataclass(frozen=True, slots=True)
class Group:
    """A heading of the sidebar and its links. The first has no heading."""

    label: str
    items: list[Item]


def permitted(account: Account | None) -> list[AdminSection]:
    """The sections of the menu that someone may enter, in their order."""
    sections = [
        each
        for each in registry().admin_sections
        if not each.within and may(account, each.permission)
    ]
    return sorted(sections, key=lambda each: each.order)


def groups_for(account: Account | None, path: str) -> list[Group]:
    """The sidebar as someone sees it on the page at `path`. Asks each section how much waits."""
    sections = permitted(account)
    if not sections:
        return []
    home = url_for("admin.today")
    groups = [Group("", [Item(_("Today"), home, None, path.rstrip("/") == home.rstrip("/"))])]
    for name, label in GROUPS.items():
        found = (_item(section, path) for section in sections if section.group == name)
        if items := [item for item in found if item is not None]:
            groups.append(Group(str(label), items))
    return groups


def _item(section: AdminSection, path: str) -> Item | None:
    try:
        url = url_for(f"admin.{section.name}.{section.endpoint}")
    except BuildError:
        log.exception("admin.section_has_no_first_page", section=section.name)
        return None
    folder = f"/admin/{section.name}"
    return Item(
        label=str(section.label),
        url=url,
        count=waiting(section),
        is_current=path == folder or path.startswith(folder + "/"),
    )


def waiting(section: AdminSection) -> int | None:
    """How much waits in a section; None when it does not count, or can't just now."""
    if section.count is None:
        return None
    count = section.count
    return guarded("admin_sections", section, lambda: int(count()), otherwise=None)
