"""Menus of a WordPress site as the two menus of this one: at the top of every page, and at the bottom.

A WXR file says what stands in each menu, but not where its theme shows it: that is guessed by the menu's name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from flask_babel import gettext as _
from flask_babel import ngettext

from shop.blueprints.articles.models import Article
from shop.blueprints.importers import queries
from shop.blueprints.importers.old_addresses import OldAddresses, article_address
from shop.blueprints.importers.row_guard import one_row
from shop.blueprints.importers.wordpress.reading import WxrItem
from shop.blueprints.importers.wordpress.survey import SiteSurvey
from shop.core import menus, settings, text
from shop.core.menus import LONGEST_LABEL, MenuLine
from shop.core.site import SiteSettings, site
from shop.plugins.api import ImportReport, Refused, unit_of_work

_TOP = re.compile(r"main|primary|top|header|nav|haupt|princip|hoofd", re.IGNORECASE)
_BOTTOM = re.compile(r"foot|bottom|legal|social|second|fu(?:ß|ss)|pied|pie\b|recht", re.IGNORECASE)


@dataclass(slots=True)
class _Menu:
    """The items of one menu, in their order, each with its line here."""

    name: str
    items: list[tuple[WxrItem, MenuLine]] = field(default_factory=list)


class Menus:
    """The menus of one site. Its items are collected while the file is read, and stored when all pages are there."""

    def __init__(self, survey: SiteSurvey, keys: tuple[str, str], old: OldAddresses) -> None:
        self._survey = survey
        self._keys = keys
        self._old = old
        self._items: list[WxrItem] = []

    def note(self, item: WxrItem) -> None:
        """Remember an item of a menu."""
        self._items.append(item)

    def store(self, report: ImportReport) -> None:
        """Set the menus that the owner has not set. Outside a unit of work."""
        if not self._items:
            return
        found: dict[str, _Menu] = {}
        with unit_of_work():
            for item in sorted(self._items, key=lambda each: each.menu_order):
                try:
                    line = self._line(item)
                except Refused as refused:
                    report.refuse(item.label, refused.message)
                else:
                    found.setdefault(item.menu, _Menu(item.menu)).items.append((item, line))
        places = _places(list(found.values()))
        for place, menu in places.items():
            self._set(place, menu, report)
        for menu in found.values():
            if menu not in places.values():
                for item, _line in menu.items:
                    report.refuse(
                        item.label,
                        _("there is room for two menus here, at the top and at the bottom"),
                    )

    def _set(self, place: str, menu: _Menu, report: ImportReport) -> None:
        most = _most_in(place)
        items = menu.items
        if len(items) > most:
            items = [each for each in items if not each[0].menu_parent]
        kept = items[:most]
        lines = tuple(f"{line.label} {line.url}" for _item, line in kept)
        label = _("menu %(name)s", name=menu.name)
        present = getattr(site(), place)
        with one_row(report, label, rows=len(menu.items)):
            if present:
                report.accept(is_new=False, rows=len(menu.items))
                if present != lines:
                    report.note(label, _("this site has a menu of its own there; it stays"))
                return
            settings.change(SiteSettings, {place: lines})
            report.accept(is_new=True, rows=len(menu.items))
            self._tell(label, place, menu, len(kept), report)

    def _tell(self, label: str, place: str, menu: _Menu, kept: int, report: ImportReport) -> None:
        report.note(
            label,
            _("it is the menu at the top of every page now")
            if place == "top_menu"
            else _("it is the menu at the bottom of every page now"),
        )
        if kept < len(menu.items):
            report.note(
                label,
                ngettext(
                    "%(num)d of its links was left out; there is no room for more",
                    "%(num)d of its links were left out; there is no room for more",
                    len(menu.items) - kept,
                ),
            )
        elif any(item.menu_parent for item, _line in menu.items):
            report.note(label, _("links that stood below others stand beside them now"))

    def _line(self, item: WxrItem) -> MenuLine:
        """What an item becomes.

        Raises:
            Refused: it leads to nothing here, or nowhere at all.
        """
        meta = item.menu_says
        kind, number = meta.get("type", ""), text.as_number(meta.get("object_id", "")) or 0
        title, url = "", ""
        if kind == "post_type":
            article = self._article(number)
            if article is not None and article.is_public:
                title, url = article.title, article_address(article)
        elif kind == "taxonomy":
            title, url = self._subject(number, meta.get("object", ""))
        else:
            url = self._address(meta.get("url", ""))
        if not url:
            raise Refused(_("it leads to nothing that came in"))
        label = text.excerpt(text.clean_line(item.title) or title or url, LONGEST_LABEL)
        found = menus.links_in([f"{label} {url}"])
        if not found:
            raise Refused(_("its address is none that a menu can hold"))
        return found[0]

    def _article(self, number: int) -> Article | None:
        keys = [f"{key}:post:{number}" for key in self._keys]
        return next(iter(queries.articles_brought_in(keys).values()), None)

    def _subject(self, number: int, taxonomy: str) -> tuple[str, str]:
        domain, slug, name = self._survey.terms.get(number, ("", "", ""))
        folder = "tag" if "tag" in (domain or taxonomy) else "category"
        found = self._old.where_are([f"{self._survey.address}/{folder}/{slug}/"])[0] if slug else ""
        return name, found

    def _address(self, written: str) -> str:
        """Where a link that somebody wrote by hand leads: its page here, or the same other site."""
        top = self._survey.address.rstrip("/")
        try:
            own, given = urlsplit(top), urlsplit(written.strip())
        except ValueError:
            return ""
        here = given.hostname in {None, own.hostname, f"www.{own.hostname}"}
        if not here:
            return written.strip()
        if not given.path.strip("/") and not given.query:
            return "/" if given.hostname else ""  # "#" opens what stands below it
        if given.path.rstrip("/") == own.path.rstrip("/"):
            return "/"
        return self._old.where_are([written.strip()])[0]


def _most_in(place: str) -> int:
    found = (each.maximum for each in settings.fields_of(SiteSettings) if each.name == place)
    return next(found, None) or 0


def _places(found: Sequence[_Menu]) -> Mapping[str, _Menu]:
    """Which menu stands where: by its name, else the longest at the top."""
    longest = sorted(found, key=lambda each: -len(each.items))
    bottom = next((each for each in longest if _BOTTOM.search(each.name)), None)
    others = [each for each in longest if each is not bottom]
    top = next((each for each in others if _TOP.search(each.name)), None)
    top = top or next((each for each in others if not _BOTTOM.search(each.name)), None)
    chosen = {"top_menu": top, "bottom_menu": bottom}
    return {place: menu for place, menu in chosen.items() if menu is not None}
