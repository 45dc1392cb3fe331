"""What Ctrl K offers beside the sections: things that are found by a part of their name, and what can be done."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import structlog
from flask import url_for
from werkzeug.routing import BuildError

from shop.blueprints.accounts.models import Account
from shop.blueprints.admin.navigation import Item, permitted
from shop.plugins import guarded
from shop.plugins.api import AdminFound, AdminSection

log = structlog.get_logger(__name__)

SHORTEST, LONGEST = 2, 100
MOST_OF_A_SECTION = 5


def actions_for(account: Account | None) -> list[Item]:
    """What somebody may do, in the order of the sections."""
    return [item for section in permitted(account) for item in _actions(section)]


def _actions(section: AdminSection) -> Iterator[Item]:
    for action in section.actions:
        try:
            url = url_for(f"admin.{section.name}.{action.endpoint}")
        except BuildError:
            log.exception("admin.action_has_no_page", section=section.name)
        else:
            yield Item(str(action.label), url, None, is_current=False)


def things_found(account: Account | None, typed: str) -> list[tuple[str, list[AdminFound]]]:
    """Things with this as a part of their name, title, number or address, by the sections that somebody may enter."""
    typed = typed.replace("\x00", "").strip()[:LONGEST]
    if len(typed) < SHORTEST:
        return []
    found = [(str(each.label), _things(each, typed)) for each in permitted(account)]
    return [(label, things) for label, things in found if things]


def _things(section: AdminSection, typed: str) -> list[AdminFound]:
    if section.find is None:
        return []
    return guarded("admin_sections", section, partial(_asked, section, typed), otherwise=[])


def _asked(section: AdminSection, typed: str) -> list[AdminFound]:
    things = section.find(typed, MOST_OF_A_SECTION) if section.find else ()
    return list(things)[:MOST_OF_A_SECTION]
