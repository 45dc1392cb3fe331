"""`shop init` and `shop user add`."""

from __future__ import annotations

import pytest

from shop.blueprints.accounts import cli, queries, services
from shop.plugins.installed import migrations
from tests.factories.accounts import PASSWORD, make_account


@pytest.fixture
def run(app, monkeypatch):
    monkeypatch.setattr(migrations, "upgrade_all", lambda: ["shop: up to date"])
    return lambda command, *arguments, **more: app.test_cli_runner().invoke(
        command, arguments, **more
    )


@pytest.fixture
def password_file(tmp_path):
    path = tmp_path / "password"
    path.write_text(PASSWORD + "\nsecond line\n", encoding="utf-8")
    return str(path)


def test_init_makes_the_tables_and_the_first_owner(run, password_file):
    result = run(cli.init, "--email", "Owner@Example.org", "--password-file", password_file)
    assert result.exit_code == 0, result.output
    assert "shop: up to date" in result.output
    owner = services.authenticate("owner@example.org", PASSWORD)
    assert (owner.role, owner.is_verified) == ("owner", True)


def test_a_second_init_changes_nothing(run, password_file):
    make_account("owner")
    result = run(cli.init, "--email", "other@example.org", "--password-file", password_file)
    assert result.exit_code == 0
    assert queries.account_of("other@example.org") is None


def test_the_password_is_asked_for_and_not_shown(run):
    result = run(
        cli.user, "add", "--role", "editor", "ed@example.org", input=f"{PASSWORD}\n{PASSWORD}\n"
    )
    assert result.exit_code == 0, result.output
    assert PASSWORD not in result.output
    assert services.authenticate("ed@example.org", PASSWORD).role == "editor"


@pytest.mark.parametrize("role", ["owner", "editor", "moderator", "buyer"])
def test_user_add_makes_every_role(run, password_file, role):
    run(cli.user, "add", "--role", role, "x@example.org", "--password-file", password_file)
    assert queries.account_of("x@example.org").role == role


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--role", "king", "x@example.org"], "king"),
        (["--role", "editor", "nobody"], "@"),
        (["--role", "editor", "taken@example.org"], "There is already an account"),
        (["x@example.org"], "--role"),
    ],
)
def test_a_bad_wish_is_refused_in_words(run, password_file, arguments, said):
    make_account(email="taken@example.org")
    result = run(cli.user, "add", *arguments, "--password-file", password_file)
    assert result.exit_code != 0
    assert said in result.output
    assert "Traceback" not in result.output


def test_a_weak_password_is_refused(run, tmp_path):
    weak = tmp_path / "weak"
    weak.write_text("password123")
    result = run(cli.user, "add", "--role", "editor", "x@example.org", "--password-file", str(weak))
    assert result.exit_code == 1
    assert queries.account_of("x@example.org") is None


def test_a_password_file_that_is_no_text_is_refused_in_words(run, tmp_path):
    picture = tmp_path / "picture"
    picture.write_bytes(b"\xff\xd8")
    chosen = str(picture)
    result = run(cli.user, "add", "--role", "editor", "x@example.org", "--password-file", chosen)
    assert result.exit_code == 1
    assert "is not a UTF-8 text file" in result.output
