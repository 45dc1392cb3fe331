"""Every address of the back office, and everybody at its gate."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Blueprint, Flask
from werkzeug.routing import AnyConverter, BaseConverter, Rule

from shop.blueprints.accounts.models import Role
from shop.blueprints.accounts.queries import may
from shop.blueprints.admin import shell
from shop.plugins import registry
from shop.plugins.manager import PluginError, Registry
from shop.plugins.types import AdminSection
from tests.factories.accounts import make_account, sign_in

OWNERS_ALONE = ("users", "settings", "mail", "jobs", "plugins")


def addresses(app: Flask) -> Iterator[tuple[str, str, str]]:
    """Section, method and path of every view, with arguments that fit the address."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint.split(".")[0] != "admin":
            assert not rule.rule.startswith("/admin"), f"{rule.endpoint} stands outside the gate"
            continue
        section = rule.endpoint.split(".")[1] if rule.endpoint.count(".") > 1 else ""
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield section, method, path_of(app, rule)


def path_of(app: Flask, rule: Rule) -> str:
    arguments = {name: fitting(converter) for name, converter in rule._converters.items()}
    return app.url_map.bind("localhost").build(rule.endpoint, arguments)


def fitting(converter: BaseConverter) -> int | str:
    if isinstance(converter, AnyConverter):
        return min(converter.items)
    return 1 if "Integer" in type(converter).__name__ else "site"


def test_there_is_something_to_walk(app):
    sections = {section for section, _method, _path in addresses(app)}
    assert sections >= {"", *OWNERS_ALONE}


def test_a_stranger_is_sent_to_sign_in(app, client):
    for _section, method, path in addresses(app):
        answer = client.open(path, method=method)
        assert answer.status_code == 303, (method, path)
        assert answer.location.startswith("/account/sign-in"), (method, path)


@pytest.mark.parametrize(
    ("app", "role"),
    [*(("sqlite", role) for role in Role), ("postgresql", Role.OWNER)],
    indirect=["app"],
)
def test_everybody_gets_in_where_he_may_and_nowhere_else(app, client, outbox, role):
    # Who may what is no question of the database; the owner, who gets in everywhere, has every page made on both.
    make_account("owner")  # number 1, whom nothing here may touch
    account = make_account(role)
    sign_in(client, account)
    permissions = {section.name: section.permission for section in registry().admin_sections}
    for section, method, path in addresses(app):
        allowed = (
            may(account, permissions[section])
            if section
            else any(may(account, permission) for permission in permissions.values())
        )
        with client.open(path, method=method) as answer:
            status = answer.status_code
        assert status < 500, (method, path)
        assert (status == 403) is not allowed, (role, method, path, status)


@pytest.mark.parametrize("role", ["buyer", "moderator", "editor"])
@pytest.mark.parametrize("section", OWNERS_ALONE)
def test_the_house_is_the_owners(client, role, section):
    sign_in(client, make_account(role))
    assert client.get(f"/admin/{section}/", follow_redirects=True).status_code == 403


def test_an_unknown_section_is_not_there(client):
    sign_in(client, make_account("owner"))
    assert client.get("/admin/nothing/").status_code == 404


def test_csrf(client):
    sign_in(client, make_account("owner"))
    for path in ("/admin/users/new", "/admin/settings/site", "/admin/jobs/1/delete"):
        assert client.post(path, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403


def test_after_the_sign_in_one_is_in_the_section_one_wanted(client):
    location = client.get("/admin/users/?search=ruth").location
    assert location == "/account/sign-in?next=/admin/users/?search%3Druth"


def test_somebody_who_is_demoted_is_out_at_once(app, client):
    editor = make_account("editor")
    sign_in(client, editor)
    owner = sign_in(app.test_client(), make_account("owner"))
    before = client.get("/admin/messages/").status_code
    owner.post(f"/admin/users/{editor.id}", data={"name": "Ed", "role": "buyer"})
    assert (before, client.get("/admin/messages/").status_code) == (200, 303)


def test_a_section_of_an_unknown_group_stops_the_start(app):
    section = AdminSection("tea", "Tea", "kitchen", "tea.make", Blueprint("tea", __name__))
    with pytest.raises(PluginError, match=r"'tea'.*'kitchen'"):
        shell.build(Registry(admin_sections=[section]))


def test_two_applications_have_a_shell_each(app):
    assert shell.build(registry()) is not shell.build(registry())
