"""What of the things that a plugin gives is wrong, found while the application starts: in words, or empty.

Features that ship have been seen by a type checker; everybody else is looked at here.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any, get_args, get_type_hints

from flask import Blueprint

from shop.core.jobs import JobKind, Periodic
from shop.core.mail.transports import SCHEMES
from shop.core.settings import fields_of
from shop.plugins import hookspecs
from shop.plugins.fields.field_terms import wrong_with_fields
from shop.plugins.terms.read_models import DESCRIBED
from shop.plugins.terms.shapes import fits, wrong_field
from shop.plugins.types import (
    Asset,
    CustomFields,
    MailTransportKind,
    NavigationItem,
    Plugin,
    StructuredData,
    Theme,
)

API_VERSION = "1.1"
"""The version of `shop.plugins.api`: the first number changes when something of it goes, the second when something is
added."""
PLACES = ("primary", "footer", "account", "staff")
"""Where the links of `navigation` stand."""
NAMES_OF_OURS = frozenset({"site", "retention", "admin", "shop"})
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_SCHEME = re.compile(r"[a-z][a-z0-9+-]{0,39}")


def wrong_with_plugin(plugin: Plugin) -> str:
    """What is wrong with who it says it is."""
    if problem := wrong_field(plugin):
        return problem
    if not _NAME.fullmatch(plugin.name) or plugin.name in NAMES_OF_OURS:
        return "its name is taken, or is not of lower case letters, digits, - and _"
    if plugin.settings is not None:
        try:
            fields_of(plugin.settings)
            plugin.settings()
            if not plugin.settings.__dataclass_params__.frozen:
                return "its settings can be changed by any page for all others: write @dataclass(frozen=True)"
        except Exception as error:  # noqa: BLE001 - it is the plugin's class
            return f"its settings can’t be used: {error!r}"
    if not plugin.api:
        return ""
    # Imported here, because of the plugins that ship none names versions.
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        suits = SpecifierSet(plugin.api).contains(API_VERSION)
    except InvalidSpecifier:
        return f'api={plugin.api!r} is no range like ">=1,<2"'
    return "" if suits else f"it needs the API {plugin.api}, and this is {API_VERSION}"


def wrong_with_item(hook: str, item: Any) -> str:
    """What is wrong with one thing that a hook gave."""
    if isinstance(item, type) or not fits(item, _declared(hook)):
        return f"{item!r} is not what this hook gives: {_wanted(hook)}"
    if missing := [name for name in _members(hook) if not hasattr(item, name)]:
        return f"{item!r} has no {missing[0]!r}"
    return wrong_field(item) or _impossible(item)


def _impossible(item: Any) -> str:
    if isinstance(item, NavigationItem) and item.place not in PLACES:
        return f"there is no menu {item.place!r}; choose {', '.join(PLACES)}"
    if isinstance(item, Periodic) and item.every < timedelta(seconds=1):
        return f"{item.name!r} is to run every {item.every}; a second is the least"
    if isinstance(item, JobKind) and (item.max_attempts < 1 or item.deadline < 1):
        return (
            f"{item.name!r} is to be tried {item.max_attempts} times, {item.deadline} seconds each"
        )
    if isinstance(item, StructuredData) and item.about not in DESCRIBED:
        return (
            f"{item.name!r} is about {item.about.__name__}, of which there are no pages to add to"
        )
    if isinstance(item, CustomFields) and (problem := wrong_with_fields(item)):
        return problem
    if isinstance(item, Asset):
        return _wrong_with_asset(item)
    if isinstance(item, MailTransportKind):
        return _wrong_with_scheme(item.name)
    return _wrong_with_folders(item)


def _wrong_with_folders(item: Any) -> str:
    if isinstance(item, Blueprint) and (problem := _wrong_with_static(item)):
        return problem
    missing = [folder for folder in _folders_of(item) if not folder.is_dir()]
    return f"the folder {missing[0]} is not there" if missing else ""


def _folders_of(item: Any) -> list[Path]:
    """The folders that it brings along."""
    if isinstance(item, Path):
        return [item]
    if isinstance(item, Theme):
        return [item.templates]
    if isinstance(item, Blueprint):
        named = (item.template_folder, item.static_folder)
        return [Path(item.root_path, folder) for folder in named if folder]
    return []


def _wrong_with_static(pages: Blueprint) -> str:
    """Whether a file that everyone may fetch is in truth one elsewhere, such as a key in the data folder."""
    if not pages.static_folder:
        return ""
    folder = Path(pages.static_folder)
    home = folder.resolve()
    for place, folders, files in os.walk(folder):
        for name in (*folders, *files):
            each = Path(place, name)
            if each.is_symlink() and not each.resolve().is_relative_to(home):
                return f"the static file {each} is a link out of its folder"
    return ""


def _wrong_with_scheme(scheme: str) -> str:
    if scheme in SCHEMES:
        return f"{scheme}:// is a way out of ours"
    return "" if _SCHEME.fullmatch(scheme) else f"{scheme!r} is no scheme of an address"


def _wrong_with_asset(asset: Asset) -> str:
    if not asset.name.endswith((".css", ".js")):
        return f"{asset.name!r} ends with neither .css nor .js"
    missing = [file for file in asset.files if not file.is_file()]
    return f"the file {missing[0]} is not there" if missing else ""


@cache
def _hints() -> Mapping[str, Any]:
    return {
        name: get_args(get_type_hints(spec)["return"])[0]
        for name, spec in vars(hookspecs).items()
        if hasattr(spec, "shop_spec")
    }


def _declared(hook: str) -> Any:
    return _hints()[hook]


def _wanted(hook: str) -> str:
    declared = _declared(hook)
    return declared.__name__ if isinstance(declared, type) else str(declared)


@cache
def _members(hook: str) -> tuple[str, ...]:
    """What an item of this hook must have, where its type is a Protocol: a class that nobody has to derive from."""
    declared = _declared(hook)
    if not getattr(declared, "_is_protocol", False):
        return ()
    names = {*getattr(declared, "__annotations__", {}), *vars(declared)}
    return tuple(sorted(name for name in names if not name.startswith("_")))
