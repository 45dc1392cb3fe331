"""`shop export`."""

from __future__ import annotations

from pathlib import Path

import click

from shop.blueprints.exporters import static_copy, whole
from shop.plugins.api import Refused


@click.command("export")
@click.option(
    "--static", is_flag=True, help="Write the public pages as plain files, for any web server."
)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def export(file: Path, static: bool) -> None:
    """Write everything into the ZIP file FILE; `shop import bookstall FILE` reads it into an empty site."""
    if not file.parent.is_dir():
        raise click.ClickException(f"There is no folder {file.parent}.")
    try:
        if static:
            counts = static_copy.write_static_copy(file)
        else:
            counts = whole.write_everything(file, lambda part: click.echo(f"... {part}", err=True))
    except Refused as refused:
        raise click.ClickException(refused.message) from None
    click.echo(", ".join(f"{name} {count}" for name, count in counts.items()))
