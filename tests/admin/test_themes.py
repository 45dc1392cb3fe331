"""A theme changes what pages look like: the owner looks at it first, and no theme takes the admin away."""

from __future__ import annotations

import pytest

from shop.plugins.drawing.themes import OURS, Themes
from shop.plugins.guard.health import Owners
from shop.plugins.manager import PluginError
from shop.plugins.types import Theme
from tests.factories.accounts import make_account, sign_in

NAMEPLATE = "nameplate__name"


@pytest.fixture
def made(tmp_path):
    """A theme with the templates of these names, each empty."""

    def make(name, *templates, **given):
        folder = tmp_path / name
        for template in templates:
            file = folder / template
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("")
        folder.mkdir(exist_ok=True)
        return Theme(name, name, folder, **given)

    return make


@pytest.mark.parametrize(
    ("template", "parent", "found"),
    [
        ("base.html", None, "child:base.html"),
        ("cards.html", "child:base.html", "paper:cards.html"),
        ("other.html", "child:base.html", "other.html"),
        ("base.html", "child:base.html", "paper:base.html"),
        ("base.html", "paper:base.html", "base.html"),
        ("shop:base.html", "child:base.html", "base.html"),
        ("paper:base.html", "child:base.html", "paper:base.html"),
        ("cards.html", "base.html", "paper:cards.html"),
        ("admin/base.html", None, "admin:admin/base.html"),
        ("base.html", "admin:admin/base.html", "admin:base.html"),
        ("cards.html", "admin:base.html", "admin:cards.html"),
    ],
)
def test_where_a_template_comes_from(made, template, parent, found):
    paper = made("paper", "base.html", "cards.html")
    child = made("child", "base.html", parent="paper")
    assert Themes([paper, child], Owners()).source_of(template, parent, "child") == found


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"name": OURS}, "can’t be named"),
        ({"name": "a", "parent": "b"}, "'b', which is not there"),
        ({"name": "a", "parent": "a"}, "its own parent"),
    ],
)
def test_a_theme_that_cannot_be_drawn_stops_the_start(made, given, said):
    with pytest.raises(PluginError, match=said):
        Themes([made(**given)], Owners())


def test_a_folder_that_is_not_there_stops_the_start(tmp_path):
    with pytest.raises(PluginError, match="there is no folder"):
        Themes([Theme("a", "A", tmp_path / "none")], Owners())


def test_the_owner_looks_at_a_theme_before_everybody_does(client, app):
    visitor = app.test_client()
    sign_in(client, make_account("owner"))
    assert NAMEPLATE not in visitor.get("/").text
    assert client.post("/admin/themes/broadsheet/preview").status_code == 303
    page = client.get("/")
    assert (NAMEPLATE in page.text, page.headers["Cache-Control"]) == (True, "private, no-store")
    assert "Only you see the site like this." in page.text
    assert NAMEPLATE not in client.get("/admin/themes/").text
    assert NAMEPLATE not in visitor.get("/").text
    client.post("/admin/themes/preview/end")
    assert NAMEPLATE not in client.get("/").text


def test_the_owner_chooses_a_theme_for_everybody(client, app):
    visitor = app.test_client()
    sign_in(client, make_account("owner"))
    visitor.get("/")
    assert client.post("/admin/themes/evening/choice").status_code == 303
    page = visitor.get("/").text
    assert (NAMEPLATE in page, "Evening paper" in page) == (True, True), "of parent and child"
    assert 'data-columns="3"' in page
    client.post(
        "/admin/settings/theme-broadsheet", data={"value_colour": "red", "value_columns": "2"}
    )
    assert 'data-colour="red" data-columns="2"' in visitor.get("/").text
    client.post("/admin/themes/shop/choice")
    assert NAMEPLATE not in visitor.get("/").text


def test_whoever_may_not_change_settings_chooses_no_theme(client):
    sign_in(client, make_account("editor"))
    assert client.post("/admin/themes/evening/choice").status_code == 403


def test_there_is_no_theme_of_that_name(client):
    sign_in(client, make_account("owner"))
    paths = ("/preview", "/choice")
    answers = [client.post(f"/admin/themes/none{path}").status_code for path in paths]
    assert [*answers, client.get("/admin/themes/evening/picture").status_code] == [404, 404, 200]
