"""The navigation of the admin: groups of links, with the number of things that wait in each section."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import structlog
from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, select
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.routing import BuildError

from shop.blueprints.accounts.models import Account
from shop.blueprints.accounts.queries import may
from shop.plugins import guarded, registry
from shop.plugins.api import AdminSection, db

T = TypeVar("T")

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
    waiting = how_much_waits(sections)
    home = url_for("admin.today")
    groups = [Group("", [Item(_("Today"), home, None, path.rstrip("/") == home.rstrip("/"))])]
    for name, label in GROUPS.items():
        found = (_item(each, path, waiting) for each in sections if each.group == name)
        if items := [item for item in found if item is not None]:
            groups.append(Group(str(label), items))
    return groups


def _item(section: AdminSection, path: str, waiting: Mapping[str, int]) -> Item | None:
    try:
        url = url_for(f"admin.{section.name}.{section.endpoint}")
    except BuildError:
        log.exception("admin.section_has_no_first_page", section=section.name)
        return None
    folder = f"/admin/{section.name}"
    return Item(
        label=str(section.label),
        url=url,
        count=waiting.get(section.name),
        is_current=path == folder or path.startswith(folder + "/"),
    )


def how_much_waits(sections: Sequence[AdminSection]) -> dict[str, int]:
    """How much waits, by the name of the section, asked in one question; left out where it can't be told just now."""
    counting = [each for each in sections if each.count]
    told = [(each, _safely(each, partial(_told, each))) for each in counting]
    known = {each.name: answer for each, answer in told if isinstance(answer, int)}
    asked = [(each, answer) for each, answer in told if isinstance(answer, Select)]
    if not asked:
        return known
    try:
        with db.session.begin_nested():
            numbers: list[int | None] = [*_numbers([query for _section, query in asked])]
    except SQLAlchemyError:  # whose it is shows when each is asked alone
        numbers = [_safely(each, partial(_number, query)) for each, query in asked]
    found = zip(asked, numbers, strict=True)
    return known | {each.name: number for (each, _query), number in found if number is not None}


def _told(section: AdminSection) -> int | Select[int]:
    answer = section.count() if section.count else 0
    return answer if isinstance(answer, Select) else int(answer)


def _numbers(asked: Sequence[Select[int]]) -> Sequence[int]:
    return tuple(db.session.execute(select(*(each.scalar_subquery() for each in asked))).one())


def _number(query: Select[int]) -> int:
    return db.session.scalar(query) or 0


def _safely(section: AdminSection, ask: Callable[[], T]) -> T | None:
    return guarded("admin_sections", section, ask, otherwise=None)
