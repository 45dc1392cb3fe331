"""`shop init` and `shop user`."""

from __future__ import annotations

from pathlib import Path

import click

from shop.blueprints.accounts import passwords, queries, services
from shop.blueprints.accounts.models import Role
from shop.blueprints.accounts.second_factor import services as second_factor
from shop.core import activity, text
from shop.core.mail.mailboxes import read_address
from shop.core.site import site
from shop.plugins.api import Refused, unit_of_work
from shop.plugins.installed import migrations

password_file = click.option(
    "--password-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file whose first line is the password. You are asked for the password if you don’t give one.",
)


@click.command("init")
@click.option("--email", prompt="The owner’s email", help="The first owner’s email address.")
@click.option("--name", default="", help="The owner’s name.")
@password_file
def init(email: str, name: str, password_file: Path | None) -> None:
    """Create the database and the first owner. Running it again changes nothing."""
    for line in migrations.upgrade_all():
        click.echo(line)
    if queries.has_owner():
        click.echo("There is already an owner.")
        return
    _add(email, name, Role.OWNER, password_file)


@click.group("user")
def user() -> None:
    """Manage people who can sign in."""


@user.command("add")
@click.argument("email")
@click.option(
    "--role", type=click.Choice([role.value for role in Role]), required=True, help="Their role."
)
@click.option("--name", default="", help="Their name.")
@password_file
def add(email: str, role: str, name: str, password_file: Path | None) -> None:
    """Add a person. Their email address counts as confirmed."""
    _add(email, name, Role(role), password_file)


@user.command("reset-second-factor")
@click.argument("email")
def reset_second_factor(email: str) -> None:
    """Let a person sign in with the password alone, after the app and the recovery codes were lost."""
    account = queries.account_of(email)
    if account is None:
        raise click.ClickException(f"there is no account with the email address {email}")
    activity.act(None, "shop user reset-second-factor")
    with unit_of_work():
        second_factor.remove_factor(account)
    click.echo(f"{account.email} signs in without a second factor now.")


def _add(email: str, name: str, role: Role, password_file: Path | None) -> None:
    address = read_address(email)
    if address is None:
        raise click.ClickException(f"{email} is not an address like name@example.org")
    name = text.clean_line(name)[:80] or address.partition("@")[0][:80]
    password = _password(password_file)
    try:
        passwords.check(password, about=(address, name, site().name))
        activity.act(None, "shop user add")
        with unit_of_work():
            services.create(email=address, name=name, role=role, password=password, verified=True)
    except Refused as refused:
        raise click.ClickException(refused.message) from None
    click.echo(f"{address} now has the role {role.value}.")


def _password(file: Path | None) -> str:
    if file is None:
        answer: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
        return answer
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        raise click.ClickException(f"{file} is not a UTF-8 text file") from None
    if not lines:
        raise click.ClickException(f"{file} is empty")
    return lines[0]
