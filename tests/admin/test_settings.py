"""Live settings, by forms made from dataclasses."""

from __future__ import annotations

import re
from dataclasses import dataclass, make_dataclass

import pytest
from sqlalchemy import select

from shop.blueprints.shipping.settings import ShippingSettings
from shop.core import settings
from shop.core.activity import ActivityEntry
from shop.core.app_state import app_state
from shop.core.settings import SettingRow, SettingsRegistry, setting
from shop.core.site import SiteSettings, site
from shop.core.unit_of_work import purge, unit_of_work
from shop.extensions import db
from tests.factories.accounts import make_account, sign_in
from tests.factories.articles import make_article


@dataclass(frozen=True, slots=True)
class TeaSettings:
    """Of every kind."""

    data: str = setting("green", "Kind", minimum=2, maximum=10, help="What is in the pot.")
    errors: int = setting(3, "Minutes", minimum=1, maximum=9)
    is_hot: bool = setting(True, "Hot")
    cup: str = setting("small", "Cup", choices=(("small", "Small"), ("big", "Big")))
    note: str = setting("", "Note", multiline=True, maximum=50)


@dataclass(frozen=True, slots=True)
class KeySettings:
    """A secret, and lists under a heading."""

    key: str = setting("", "Key", secret=True)
    words: tuple[str, ...] = setting((), "Words", maximum=2, group="What is looked for")
    days: tuple[str, ...] = setting(
        ("mo",), "Days", choices=(("mo", "Monday"), ("tu", "Tuesday")), group="What is looked for"
    )


GOOD = {
    "value_data": "black",
    "value_errors": "5",
    "value_cup": "big",
    "value_note": "with\r\nmilk",
}


@pytest.fixture
def owner(app, client, monkeypatch):
    with_tea = SettingsRegistry({**settings.registered(), "tea": TeaSettings, "keys": KeySettings})
    monkeypatch.setattr(app_state(), "settings", with_tea)
    return sign_in(client, make_account("owner"))


def test_the_site_comes_first(owner):
    assert owner.get("/admin/settings/").location == "/admin/settings/site"


def test_every_kind_of_setting_has_its_field(owner):
    page = owner.get("/admin/settings/tea").text
    assert 'value="green"' in page
    assert 'value="3"' in page
    assert "What is in the pot." in page
    assert "<textarea" in page
    assert "checked" in page
    assert '<option selected value="small">' in page


def test_what_is_saved_counts_at_once(owner):
    answer = owner.post("/admin/settings/tea", data=GOOD)
    assert answer.location == "/admin/settings/tea"
    assert settings.current(TeaSettings) == TeaSettings("black", 5, False, "big", "with\nmilk")
    assert "Settings saved." in owner.get("/admin/settings/tea").text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("value_data", ""),
        ("value_data", "x"),
        ("value_data", "x" * 11),
        ("value_data", "a\nb"),
        ("value_errors", ""),
        ("value_errors", "0"),
        ("value_errors", "10"),
        ("value_errors", "-1"),
        ("value_errors", "1e99"),
        ("value_errors", "9" * 5000),
        ("value_errors", "NaN"),
        ("value_cup", "bucket"),
        ("value_cup", ""),
        ("value_note", "x" * 51),
    ],
)
def test_a_bad_value_is_said_beside_its_field_and_nothing_is_saved(owner, field, value):
    answer = owner.post("/admin/settings/tea", data={**GOOD, field: value})
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert settings.current(TeaSettings) == TeaSettings()


def test_the_sites_name_is_on_the_next_page_of_everybody(app, owner):
    stranger = app.test_client()
    assert "Corner Stall" not in stranger.get("/contact").text
    page = owner.get("/admin/settings/site").text
    assert 'name="choice_value_top_menu"' in page
    values = {
        "value_" + name: value
        for name in SiteSettings.__dataclass_fields__
        if isinstance(value := getattr(site(), name), str)
    }
    assert (
        owner.post(
            "/admin/settings/site", data={**values, "value_name": "Corner Stall"}
        ).status_code
        == 303
    )
    assert "Corner Stall" in stranger.get("/contact").text


def test_a_menu_is_rows_that_are_ordered_without_a_script(app, owner):
    make_article(kind="page", title="On us", slug="us")
    sent = {
        "value_name": "Stall", "value_locale": "en", "value_currency": "EUR", "value_time_zone": "UTC",
        "value_home_country": "", "value_top_menu": ["Press", "https://bell.example/", "Write", "/contact"],
    }  # fmt: skip

    def rows(answer):
        return re.findall(r'name="value_top_menu" value="([^"]*)"', answer.text)[:-2]

    offered = owner.get("/admin/settings/site").text
    for address in ("/", "/shop/", "/contact", "/pages/us"):
        assert offered.count(f'<option value="{address}">') == 2  # once for each menu
    moved = owner.post("/admin/settings/site", data={**sent, "arrange": "value_top_menu:down:0"})
    assert rows(moved) == ["Write", "/contact", "Press", "https://bell.example/"]
    assert site().top_menu == ()
    more = {**sent, "arrange": "value_top_menu:add:0", "choice_value_top_menu": "/pages/us"}
    assert rows(owner.post("/admin/settings/site", data=more))[-2:] == ["On us", "/pages/us"]
    gone = owner.post("/admin/settings/site", data={**sent, "arrange": "value_top_menu:remove:0"})
    assert rows(gone) == ["Write", "/contact"]
    bad = owner.post("/admin/settings/site", data={**sent, "value_top_menu": ["Nowhere", ""]})
    assert (bad.status_code, "“Nowhere” is no link" in bad.text) == (422, True)
    assert rows(bad) == ["Nowhere", ""]
    assert owner.post("/admin/settings/site", data=sent).status_code == 303
    assert site().top_menu == ("Press https://bell.example/", "Write /contact")
    assert rows(owner.get("/admin/settings/site")) == sent["value_top_menu"]


def test_unknown_settings_are_not_found(owner):
    assert owner.get("/admin/settings/nothing").status_code == 404
    assert owner.post("/admin/settings/nothing").status_code == 404


def test_every_registered_dataclass_has_a_page(app, owner):
    for name in settings.registered():
        assert owner.get(f"/admin/settings/{name}", follow_redirects=True).status_code == 200, name


def test_a_secret_is_stored_encrypted_and_shown_to_nobody_again(owner):
    typed = {"value_key": "sk_12345", "value_words": "one\r\n\r\n two ", "value_days": ["tu"]}
    assert owner.post("/admin/settings/keys", data=typed).status_code == 303
    assert settings.current(KeySettings).key == "sk_12345"
    assert "sk_12345" not in repr(settings.current(KeySettings))
    assert "sk_12345" not in str(db.session.get(SettingRow, "keys").values)
    assert "sk_12345" not in str([row.changes for row in db.session.scalars(select(ActivityEntry))])
    page = owner.get("/admin/settings/keys").text
    assert "sk_12345" not in page
    assert "A value is stored. Leave this empty to keep it." in page
    assert "<h2>What is looked for</h2>" in page
    owner.post("/admin/settings/keys", data={"value_words": "three"})
    assert settings.current(KeySettings) == KeySettings("sk_12345", ("three",), ())
    with unit_of_work():
        db.session.get(SettingRow, "keys").values = {"key": "stored before it was secret"}
        purge("settings:keys")
    assert settings.current(KeySettings).key == "stored before it was secret"
    owner.post("/admin/settings/keys", data={"delete_key": "y", "value_days": ["mo", "tu"]})
    assert settings.current(KeySettings) == KeySettings("", (), ("mo", "tu"))
    assert owner.post("/admin/settings/keys", data={"value_words": "a\nb\nc"}).status_code == 422
    assert owner.post("/admin/settings/keys", data={"value_days": ["su"]}).status_code == 422


def test_a_secret_is_a_text_without_a_default():
    for kind, default in ((str, "x"), (int, 0)):
        made = make_dataclass("S", [("a", kind, setting(default, "A", secret=True))])
        with pytest.raises(TypeError, match="is secret"):
            settings.fields_of(made)


def test_an_amount_and_a_country_are_chosen_as_people_write_them(owner):
    page = owner.get("/admin/settings/shipping").text
    assert 'value="4.90"' in page
    assert "In EUR. 0 means never." in page
    sent = {"value_flat_minor": "5,50", "value_free_from_minor": "0", "value_return_days": "0"}
    assert owner.post("/admin/settings/shipping", data=sent).status_code == 303
    assert settings.current(ShippingSettings) == ShippingSettings(550, 0)
    wrong = owner.post("/admin/settings/shipping", data=sent | {"value_flat_minor": "1.005"})
    assert wrong.status_code == 422
    assert 'id="value_flat_minor-error"' in wrong.text
    assert 'value="1.005"' in wrong.text
    with unit_of_work():
        settings.change(SiteSettings, {"home_country": "de"})
    assert '<option selected value="DE">Germany</option>' in owner.get("/admin/settings/site").text
