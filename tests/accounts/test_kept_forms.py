"""A form that meets an ended session is kept for its person, and carried out once they have signed in again."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
import time_machine
from sqlalchemy import select

from shop.blueprints.accounts.second_factor import services
from shop.blueprints.articles.models import Article
from shop.core import clock
from shop.core.secrets.kept import KeptValues
from shop.core.unit_of_work import unit_of_work
from shop.extensions import db
from tests.factories.accounts import PASSWORD, make_account, sign_in

FORM = {"title": "Long work", "body": 'Line one\r\nLine "two" & <three>', "state": "draft"}
LATER = timedelta(days=40)
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
OURS = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def editor(app):
    return make_account("editor", "ed@example.org")


@pytest.fixture
def later():
    with time_machine.travel(clock.now() + LATER, tick=False) as travel:
        yield travel


@pytest.fixture
def signed_out(client, editor, request):
    """A browser whose session ended while its person wrote."""
    sign_in(client, editor)
    request.getfixturevalue("later")
    return client


def way_back(answer):
    assert answer.status_code == 303
    return parse_qs(urlsplit(answer.location).query).get("next", [""])[0]


def titles():
    db.session.expire_all()
    return list(db.session.scalars(select(Article.title)))


def test_it_is_carried_out_after_signing_in_once_and_whole(signed_out, editor):
    back = way_back(signed_out.post("/admin/articles/new", data=FORM))
    assert titles() == []
    sign_in(signed_out, editor)
    page = signed_out.get(back, headers=OURS).text
    assert "<send-kept>" in page
    assert "<send-kept>" not in signed_out.get(back).text  # followed from elsewhere: only by hand
    fields = {
        name: html.unescape(value)
        for name, value in re.findall(r'type="hidden" name="([^"]*)" value="([^"]*)"', page)
    }
    assert fields == FORM
    sent = signed_out.post(back, data=fields)
    assert (sent.status_code, sent.location) == (307, "/admin/articles/new")
    assert signed_out.post(sent.location, data=fields).status_code == 303
    assert titles() == ["Long work"]
    assert signed_out.post(back, data=fields).status_code == 410


def test_it_is_nobody_elses(app, signed_out, editor):
    back = way_back(signed_out.post("/admin/articles/new", data=FORM))
    other = sign_in(app.test_client(), make_account("owner"))
    assert other.get(back).status_code == 410
    assert other.post(back).status_code == 410
    assert signed_out.get(back).status_code == 303  # to sign in first


def test_it_is_kept_for_an_hour_and_one_for_a_person(signed_out, editor, later):
    first, second = (way_back(signed_out.post("/admin/articles/new", data=FORM)) for _ in range(2))
    sign_in(signed_out, editor)
    assert signed_out.get(first).status_code == 410
    assert signed_out.get(second).status_code == 200
    later.shift(timedelta(minutes=61))
    assert signed_out.get(second).status_code == 410


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("/account/password", {"current": "x", "password": "secret words"}),
        ("/account/name", {"password": "x"}),
    ],
)
def test_a_password_is_kept_nowhere(signed_out, path, data):
    assert way_back(signed_out.post(path, data=data)) == ""
    assert db.session.scalar(select(KeptValues)) is None


def test_of_a_stranger_nothing_is_kept(client):
    client.set_cookie("session", "made.up.cookie")
    assert way_back(client.post("/admin/articles/new", data=FORM)) == ""
    assert db.session.scalar(select(KeptValues)) is None


def test_it_is_carried_out_after_both_steps_of_a_sign_in(signed_out, editor):
    with unit_of_work():
        recovery, *_others = services.set_up(editor, SECRET, pyotp.TOTP(SECRET).now())
    back = way_back(signed_out.post("/admin/articles/new", data=FORM))
    typed = {"email": editor.email, "password": PASSWORD, "next": back}
    asked = signed_out.post("/account/sign-in", data=typed)
    wrong = signed_out.post(
        "/account/sign-in/code", data={"code": "000000", "next": way_back(asked)}
    )
    assert f'name="next" value="{back}"' in wrong.text
    assert f'href="/account/sign-in?next={back}"' in wrong.text
    given = signed_out.post("/account/sign-in/code", data={"code": recovery, "next": back})
    assert given.location == back
    sent = signed_out.post(back, data=FORM)
    assert signed_out.post(sent.location, data=FORM).status_code == 303
    assert titles() == ["Long work"]
