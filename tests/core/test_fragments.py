"""Pieces of pages are drawn once for what they show, and never for anything else."""

from __future__ import annotations

import pytest
from flask import Flask, g
from jinja2 import DictLoader, Environment
from markupsafe import escape

from shop.core.pages.page_cache import made_of
from shop.core.site import SiteSettings
from shop.plugins.drawing import themes
from shop.templating import wording
from shop.templating.fragments import Fragments, FragmentTag

CARD = "{% fragment name, tone %}<b class={{ tone }}>{{ draw(name) }}</b>{% endfragment %}"


@pytest.fixture
def drawn():
    """What was drawn, not taken."""
    return []


@pytest.fixture
def draw(drawn, monkeypatch):
    """Draw the card of a name, as a page that names no parts does."""
    monkeypatch.setattr("shop.templating.fragments.site", SiteSettings)
    environment = Environment(
        loader=DictLoader({"card": CARD}), autoescape=True, extensions=[FragmentTag]
    )
    environment.auto_reload = False
    environment.globals["draw"] = lambda name: drawn.append(name) or name

    def card(name: str, tone: str = "plain", language: str = "en", theme: str = themes.OURS) -> str:
        with Flask("pages").test_request_context():
            setattr(g, wording._LANGUAGE, language)
            g.theme = theme
            return environment.get_template("card").render(name=name, tone=tone)

    card.environment = environment
    return card


def test_the_same_values_are_drawn_once_and_others_anew(draw, drawn):
    assert [draw("Ruth"), draw("Ruth")] == ["<b class=plain>Ruth</b>"] * 2
    assert draw("Ruth", tone="warm") == "<b class=warm>Ruth</b>"
    assert draw("<i>") == "<b class=plain>&lt;i&gt;</b>"
    assert draw("Ruth", language="de") == draw("Ruth", theme="evening") == draw("Ruth")
    assert drawn == ["Ruth", "Ruth", "<i>", "Ruth", "Ruth"]


def test_whoever_writes_templates_sees_them_drawn_anew(draw, drawn):
    draw.environment.auto_reload = True
    assert draw("Ruth") == draw("Ruth")
    assert drawn == ["Ruth", "Ruth"]


def test_what_names_parts_is_refused_because_it_would_name_them_once(draw):
    draw.environment.globals["draw"] = lambda _name: made_of("article:1")
    with pytest.raises(TypeError, match=r"card:1.*article:1"):
        draw("Ruth")


def test_the_pieces_that_nobody_asked_for_lately_go_when_there_is_no_room():
    kept, piece = Fragments(room=30), escape("x" * 10)
    for name in ("first", "second", "third"):
        kept.put((name,), piece)
    kept.get(("first",))
    kept.put(("fourth",), piece)
    found = [name for name in ("first", "second", "third", "fourth") if kept.get((name,))]
    assert found == ["first", "third", "fourth"]
