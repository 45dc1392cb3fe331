"""`shop backup` and `shop restore`."""

from __future__ import annotations

from pathlib import Path

import click

from shop import config
from shop.core.app_state import app_state
from shop.core.errors import Refused

passphrase_file = click.option(
    "--passphrase-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file whose first line is the passphrase. You are asked for it if you don’t give one.",
)


@click.command("backup")
@click.argument("target", type=click.Path(), metavar="FILE")
@click.option(
    "--encrypt", is_flag=True, help="Encrypt the file with a passphrase, and put the secret key in."
)
@passphrase_file
def backup_command(target: str, encrypt: bool, passphrase_file: Path | None) -> None:
    """Write the whole site into one file, while it runs: the database and all files.

    FILE is a new file, or a folder in which the file gets the time as its name.
    """
    from shop.backups import backing_up  # here, as below: a start needs neither

    if target.endswith("/") and not Path(target).is_dir():  # a disk that is not mounted, perhaps
        raise click.ClickException(f"There is no folder {target}. Make it, or name a new file.")
    passphrase = None
    if encrypt or passphrase_file:
        passphrase = _passphrase(passphrase_file, is_new=True)
    try:
        made = backing_up.back_up(Path(target), passphrase, click.echo)
    except Refused as refused:
        raise click.ClickException(refused.message) from None
    click.echo(f"{made}: {made.stat().st_size / 1e6:.1f} MB")
    if passphrase is None:
        click.echo(
            "It is readable for everyone who has it, and the secret key is not in it. Keep a copy of the key apart "
            "from it, or use --encrypt, which puts the key in too."
        )


@click.command("restore")
@click.argument(
    "source", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE"
)
@click.option(
    "--into",
    type=click.Path(file_okay=False, path_type=Path),
    help="The data folder; SHOP_DATA_DIR by default.",
)
@passphrase_file
def restore_command(source: Path, into: Path | None, passphrase_file: Path | None) -> None:
    """Bring a site back from a backup, into an empty folder and an empty database."""
    from shop.backups import restoring

    boot = app_state().config
    if into is not None:
        boot = config.load(data_dir=into)
    try:
        restoring.restore(
            source, boot, lambda: _passphrase(passphrase_file, is_new=False), click.echo
        )
    except Refused as refused:
        raise click.ClickException(refused.message) from None
    click.echo("The site is back. Start it with `shop run`.")


def _passphrase(path: Path | None, *, is_new: bool) -> str:
    if path is None:
        asked: str = click.prompt("Passphrase", hide_input=True, confirmation_prompt=is_new)
        return asked
    lines = path.read_text(encoding="utf-8").splitlines()
    if not lines or not lines[0]:
        raise click.ClickException(f"{path} holds no passphrase")
    return lines[0]
