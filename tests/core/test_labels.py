"""Stored values with words for people."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from flask_babel import force_locale, lazy_gettext
from flask_babel.speaklater import LazyString
from wtforms import SelectField

from shop.core.labels import LabelledEnum
from shop.core.web.forms import Form, choices_of


def in_two_languages() -> str:
    from flask_babel import get_locale

    return "Tee" if get_locale().language == "de" else "Tea"


SHOP = Path(__file__).parents[2] / "shop"


class Drink(LabelledEnum):
    """What to drink."""

    TEA = "tea", LazyString(in_two_languages)
    WATER = "water", lazy_gettext("Water")


class DrinkForm(Form):
    drink = SelectField(choices=choices_of(Drink))


def test_a_member_is_its_stored_value(app):
    assert Drink.TEA == "tea"
    assert Drink("tea") is Drink.TEA
    assert f"{Drink.TEA}" == "tea"


def test_the_words_come_in_the_language_of_the_moment(app):
    assert Drink.TEA.label == "Tea"
    with force_locale("de"):
        assert Drink.TEA.label == "Tee"


def test_a_form_that_was_made_at_the_start_offers_the_words_of_the_page(app):
    with app.test_request_context(), force_locale("de"):
        assert [(each._value(), str(each.label.text)) for each in DrinkForm().drink] == [
            ("tea", "Tee"),
            ("water", "Water"),
        ]


def test_a_member_without_words_is_a_mistake_at_the_start():
    with pytest.raises(TypeError, match="'milk' needs words"):
        LabelledEnum("Forgotten", {"MILK": "milk"})


def test_every_enum_that_has_words_says_them_in_this_way():
    others = {
        f"{path.relative_to(SHOP).as_posix()}: {node.name}"
        for path in SHOP.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
        and any(getattr(base, "id", "") in {"StrEnum", "IntEnum", "Enum"} for base in node.bases)
        and any(getattr(inside, "name", "") == "label" for inside in node.body)
    }
    assert others == {"core/labels.py: LabelledEnum"}
