"""Labels of features are looked up when they are shown, in the language of the site: all are lazy strings."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from shop.core import settings
from shop.core.labels import LabelledEnum
from shop.core.mail import MailKind
from shop.core.settings import setting
from shop.core.site import SiteSettings
from shop.plugins import registry
from shop.plugins.types import AdminSection, NavigationItem, Permission, Plugin

SHOWN = {"label", "title", "subject", "reason", "help"}
SAME_EVERYWHERE = {(SiteSettings, "locale"), (SiteSettings, "currency")}
"""Settings whose choices are not translated: languages by their own names, and codes."""


def test_labels_of_features_are_lazy_strings(app):
    found = registry()
    groups: tuple[Iterable[Any], ...] = (
        found.plugins,
        found.admin_sections,
        [each for each in found.navigation if isinstance(each, NavigationItem)],
        found.permissions,
        found.personal_data,
        found.search_sources,
        found.mail_kinds,
    )
    fixed = [place for group in groups for each in group for place in fixed_labels(each)]
    fixed += [
        place for each in settings.registered().values() for place in fixed_settings_labels(each)
    ]
    fixed += [
        f"{enum.__name__}.{each.name}" for enum in enums() for each in enum if not is_lazy(each)
    ]
    assert not fixed, "\n".join(fixed)


@pytest.mark.parametrize(
    "thing",
    [
        Plugin("tea", "Tea"),
        Permission("tea.pour", "Pour tea", frozenset()),
        NavigationItem("footer", "Tea", "tea.index"),
        MailKind("tea", _l("Tea"), _l("Tea"), "You drink tea."),
    ],
    ids=lambda thing: type(thing).__name__,
)
def test_a_fixed_label_is_found(thing):
    """The control."""
    assert len(fixed_labels(thing)) == 1


def test_a_fixed_label_of_a_setting_is_found():
    """The control."""

    @dataclasses.dataclass(frozen=True)
    class TeaSettings:
        kind: str = setting("green", "Kind")
        cup: str = setting("s", _l("Cup"), help="Of tea.", choices=(("s", "Small"),))

    assert fixed_settings_labels(TeaSettings) == [
        "TeaSettings.kind",
        "TeaSettings.cup",
        "TeaSettings.cup",
    ]


def test_every_kind_of_labelled_thing_is_there(app):
    """The control: nothing passes because it was not looked at."""
    found = registry()
    assert all(
        (found.plugins, found.admin_sections, found.navigation, found.permissions, found.mail_kinds)
    )
    assert len(settings.registered()) > 5
    assert len(list(enums())) > 10
    assert AdminSection.__dataclass_fields__["label"]


def fixed_labels(thing: Any) -> list[str]:
    """The labels of a thing that are in one language."""
    return [
        f"{type(thing).__name__} {getattr(thing, 'name', '')}: {field.name}"
        for field in dataclasses.fields(thing)
        if field.name in SHOWN and not isinstance(getattr(thing, field.name), LazyString)
    ]


def fixed_settings_labels(settings_type: type[Any]) -> list[str]:
    """The settings of a dataclass with a label, help or choice that is in one language; one entry for each."""
    return [
        f"{settings_type.__name__}.{field.name}"
        for field in settings.fields_of(settings_type)
        for words in _words_of(settings_type, field)
        if words and not isinstance(words, LazyString)
    ]


def _words_of(settings_type: type[Any], field: settings.Field) -> Iterator[Any]:
    yield field.label
    yield field.help
    if (settings_type, field.name) not in SAME_EVERYWHERE:
        yield from (words for value, words in field.choices if words != value)


def is_lazy(member: LabelledEnum) -> bool:
    return isinstance(member.lazy_label, LazyString)


def enums() -> Iterator[type[LabelledEnum]]:
    yield from (
        each for each in LabelledEnum.__subclasses__() if each.__module__.startswith("shop.")
    )
