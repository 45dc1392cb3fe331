"""The `shop` command. Features bring their own commands; the commands of the site itself are here."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click
from flask import Flask
from sqlalchemy.exc import OperationalError

from shop import config, serving, templating
from shop.app import create_app
from shop.backups.cli import backup_command, restore_command
from shop.core import activity, memory
from shop.core.app_state import state_of
from shop.core.changes.listener import Listener
from shop.core.errors import BucketAway, Refused
from shop.core.files import storage
from shop.core.jobs import Lane
from shop.core.jobs.counts import count_lanes
from shop.core.jobs.runner import EmbeddedRunner
from shop.core.unit_of_work import unit_of_work
from shop.core.web.security import absolute_url
from shop.loading import to_stay
from shop.plugin_tools.cli import plugin_commands
from shop.plugins import manager, registry
from shop.plugins.guard import checking
from shop.plugins.installed import known, migrations
from shop.plugins.manager import Registry
from shop.serving import resolver, supervisor

if TYPE_CHECKING:
    from shop.demo.planting import Person

MAIL = config.entry("mail")
DATABASE_HINT = "check that the database server is running, or that the folder of the SQLite file exists, and try again"

NEED_NO_DATA = {("plugins",), ("plugins", "list"), ("plugins", "status"), ("plugins", "check")}
BUCKET_HINT = "Check the address, and AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."


def main() -> None:
    """Entry point: build the application, gather the commands of all plugins, run one."""
    resolver.set_deadline()
    with contextlib.ExitStack() as stack:
        _run(sys.argv[1:], stack)


def _run(words: list[str], stack: contextlib.ExitStack) -> None:
    try:
        if words[:1] == [
            restart_command.name
        ]:  # the code that is installed may make no application
            restart_command(args=words[1:], prog_name="shop restart")
        if words[:2] == ["plugins", "new"]:  # needs no site, and leaves no folder of one behind
            plugin_commands(args=words[1:], prog_name="shop plugins")
        boot = _boot(words, stack)
        with to_stay():
            app = create_app(boot)
    except (config.ConfigError, manager.PluginError) as error:
        click.echo(f"shop: {error}", err=True)
        sys.exit(2)
    with app.app_context():
        try:
            commands(app)(prog_name="shop", obj=app)
        except manager.PluginError as error:
            click.echo(f"shop: {error}", err=True)
            sys.exit(2)
        except OperationalError as error:
            click.echo(f"shop: SHOP_DATABASE_URL: {_first_line(error)}; {DATABASE_HINT}", err=True)
            sys.exit(1)


def _boot(words: list[str], stack: contextlib.ExitStack) -> config.Config:
    """How this start is configured. A command that needs no data makes no folder for it: where there is none, it gets
    one that is gone afterwards."""
    boot = config.load()
    needs_none = not words or "--help" in words or tuple(words[:2]) in NEED_NO_DATA
    if not needs_none or os.access(boot.data_dir, os.F_OK):
        return boot
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="shop-"))
    return boot.changed(data_dir=Path(folder))


def _first_line(error: OperationalError) -> str:
    return str(error.orig).partition("\n")[0]


def commands(app: Flask) -> click.Group:
    """The whole command, for one application."""
    group = click.Group("shop", help="Bookstall: a content site with a small shop.")
    for command in (
        demo_command,
        run_command,
        restart_command,
        worker_command,
        jobs_command,
        backup_command,
        restore_command,
        database_commands,
        plugin_commands,
        doctor_command,
        files_commands,
    ):
        group.add_command(command)
    registry = state_of(app).part(Registry)
    for command in registry.commands:
        if command.name in group.commands:
            whose = f"plugin {registry.owners.of(command)!r}"
            raise manager.PluginError(
                f"{whose}: it gives a command named {command.name!r}, which is there already"
            )
        group.add_command(command)
    return group


@click.command("demo")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
@click.option("--fresh", is_flag=True, help="Delete all data and start over.")
@click.option("--language", type=click.Choice(("en", "de", "ar")), help="What its pages speak.")
@click.pass_obj
def demo_command(app: Flask, host: str, port: int, fresh: bool, language: str | None) -> None:
    """Start a demo site with content and users. Starting it again keeps its data."""
    from shop.demo import ground, planting  # here, because no real site needs it

    boot = state_of(app).config
    shown = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104 - only compared
    os.environ["SHOP_BASE_URL"] = os.environ.get("SHOP_BASE_URL") or f"http://{shown}:{port}"
    if not boot.stripe_secret_key:
        os.environ["SHOP_TEST_PAYMENTS"] = "1"
    os.environ["SHOP_SMTP_URL"] = boot.smtp_url or (boot.data_dir / MAIL).as_uri()
    try:
        listening = serving.open_socket(host, port)
        if fresh:
            ground.empty(boot)
        password = ground.claim(boot)
        site = create_app()
        with site.app_context():
            for line in migrations.upgrade_all():
                click.echo(line)
            if not planting.plant(password, click.echo):
                click.echo("The existing data is kept. Use --fresh to start over.")
            if language:
                planting.speak(language)
            _welcome(site, planting.PEOPLE, password)
    except Refused as refused:
        raise click.ClickException(refused.message) from None
    serving.prepare_site(site)
    serving.serve(listening, workers=2, status=serving.status_file(boot.data_dir, port))


def _welcome(site: Flask, people: Iterable[Person], password: str) -> None:
    boot = state_of(site).config
    click.echo(f"\n  {boot.base_url}/\n")
    click.echo(f"Sign in at {absolute_url('accounts.sign_in')} as")
    for person in people:
        click.echo(f"  {person.role.value:<10} {person.email:<23} {password}")
    if boot.smtp_url.startswith("file:"):
        click.echo(
            f"Emails are not sent. They are saved in {boot.smtp_url.removeprefix('file://')}"
        )
    if registry().has("admin"):
        click.echo(f"The owner can read all emails at {absolute_url('admin.mail.index')}")
    click.echo("Stop with Ctrl-C.\n")


@click.command("run")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
@click.option("--workers", default=2, show_default=True, help="Processes.")
@click.option("--no-jobs", is_flag=True, help="Leave background jobs to `shop worker`.")
@click.option("--check", is_flag=True, help="Only say whether the site could start.")
@click.pass_obj
def run_command(app: Flask, host: str, port: int, workers: int, no_jobs: bool, check: bool) -> None:
    """Serve the site."""
    state = state_of(app)
    if not state.config.is_given("base_url"):
        state.config = state.config.changed(base_url=f"http://{host}:{port}")
    try:
        is_current = migrations.is_current()
    except OperationalError as error:
        if check:
            raise
        click.echo(
            f"shop: the database does not answer ({_first_line(error)}); "
            "serving the pages that were kept until it does",
            err=True,
        )
        serving.look_at_tables_later()
    else:
        if not is_current:
            behind = ", ".join(migrations.plugins_behind())
            of = f"the tables of the plugin {behind} are" if behind else "the database is"
            raise click.ClickException(f"{of} not up to date; run `shop init` or `shop db upgrade`")
        if not check:
            known.note_plugins()
    if check:
        # Those who serve are told to make way only after this, so no visitor waits for it.
        templating.compile_ahead(app)
        return
    handover = supervisor.Handover.taken()
    try:
        listening = serving.open_socket(host, port, handover)
    except Refused as refused:
        raise click.ClickException(refused.message) from None
    serving.prepare_site(app, at_leisure=handover is not None)
    if no_jobs:
        os.environ[serving.NO_JOBS] = "1"
    serving.serve(
        listening,
        workers=workers,
        status=serving.status_file(state.config.data_dir, port),
        trial=[sys.argv[0], "run", "--check"],
        handover=handover,
    )


@click.command("restart")
@click.option("--port", default=8000, show_default=True, help="The one that the site is served at.")
def restart_command(port: int) -> None:
    """Restart the site that is running, with the code that is installed now. No visitor is refused."""
    status = serving.status_file(config.load().data_dir, port)
    try:
        workers = supervisor.restart(status)
    except Refused as refused:
        raise click.ClickException(refused.message) from None
    click.echo(f"Restarted, with {workers} processes.")


def _lanes(_context: click.Context, _option: click.Parameter, names: str) -> tuple[Lane, ...]:
    try:
        return tuple(Lane(name.strip()) for name in names.split(",")) if names else tuple(Lane)
    except ValueError:
        known = ", ".join(Lane)
        raise click.BadParameter(f"{names!r}; choose from {known}, with commas between") from None


@click.command("worker")
@click.option(
    "--queues",
    "lanes",
    default="",
    callback=_lanes,
    help="Only jobs of these lanes, for example money,mail. All by default.",
)
@click.option(
    "--threads", type=click.IntRange(1, 32), default=1, show_default=True, help="For each lane."
)
@click.pass_obj
def worker_command(app: Flask, lanes: tuple[Lane, ...], threads: int) -> None:
    """Run background jobs only; web processes run elsewhere. On SIGTERM or Ctrl-C it finishes its job and stops."""
    runner = EmbeddedRunner(app, lanes=lanes, threads=threads, prepare=templating.compile_mails)
    listener = Listener(app)
    stop = threading.Event()
    memory.keep_little()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    listener.start()
    runner.start()
    click.echo("Running jobs. Stop with Ctrl-C.")
    stop.wait()
    runner.stop(timeout=30)
    listener.stop()


@click.command("jobs")
def jobs_command() -> None:
    """Show how many background jobs wait in each lane, and for how long."""
    click.echo(f"{'lane':<10}{'waiting':>9}{'failed':>9}{'behind':>10}")
    for each in count_lanes():
        click.echo(
            f"{each.lane.value:<10}{each.waiting:>9}{each.dead:>9}{each.seconds_behind:>9.0f}s"
        )


@click.group("db")
def database_commands() -> None:
    """Manage the database."""


@database_commands.command("upgrade")
def upgrade_command() -> None:
    """Update all database tables, including those of plugins."""
    for line in migrations.upgrade_all():
        click.echo(line)


@click.group("files")
def files_commands() -> None:
    """Manage stored files."""


@files_commands.command("move")
@click.option("--to", "target", required=True, help="s3://bucket/folder?endpoint=..., or a folder.")
@click.option("--from", "source", help="Where they are now, if not where SHOP_FILES_URL says.")
@click.pass_obj
def move_command(app: Flask, target: str, source: str | None) -> None:
    """Copy all stored files to another place, and check each of them there. Nothing is deleted."""
    boot = state_of(app).config
    found = storage.copy_all(
        storage.store_at(source or boot.files_url, boot), storage.store_at(target, boot)
    )
    try:
        _compare(found, target)
    except BucketAway as error:
        raise click.ClickException(f"{error}. {BUCKET_HINT}") from None


def _compare(found: Iterable[tuple[str, bool]], target: str) -> None:
    wrong, count = [], 0
    for name, is_whole in found:
        count += 1
        wrong += [] if is_whole else [name]
    for name in wrong:
        click.echo(f"differs: {name}", err=True)
    if wrong:
        raise click.ClickException(
            f"{len(wrong)} of {count} files differ there. Delete them there, and run this again."
        )
    click.echo(f"{count} files are there, each as it is here.")
    click.echo(
        f"Set SHOP_FILES_URL={target} on every host and restart, then run this once more with --from."
    )


@click.command("doctor")
@click.option(
    "--accept-log",
    is_flag=True,
    help="Accept that the activity log did not end as it was sealed. The log says that you did.",
)
def doctor_command(accept_log: bool) -> None:
    """Check for problems, and say how to fix them."""
    if accept_log:
        with unit_of_work():
            activity.accept_break()
    failed = 0
    for answer in checking.ask_all():
        failed += answer.error is not None
        state, words = ("ERROR", _told(answer.error)) if answer.error else ("ok", answer.words)
        click.echo(f"{state:<5} {answer.check.name}: {words}")
    if failed:
        raise click.ClickException(f"{failed} of {len(registry().health_checks)} checks failed")


def _told(error: BaseException) -> str:
    """What a check says is wrong, with the database's own words where it is what did not answer."""
    if isinstance(error, OperationalError):
        return "This can’t be checked while the database does not answer."
    if isinstance(error.__cause__, OperationalError):
        return f"{error} It said: {_first_line(error.__cause__)}"
    return str(error)
