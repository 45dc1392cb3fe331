"""What may be wrong with an installation, and how to fix it."""

from __future__ import annotations

import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from shop.blueprints.health import host_checks, queries
from shop.blueprints.health.connections import readable_on_the_way
from shop.blueprints.health.states import Unwell
from shop.config import OTHERS, SECRET_KEY
from shop.core import clock, mail
from shop.core.app_state import app_state
from shop.core.errors import BucketAway
from shop.core.files import storage
from shop.core.jobs import JobState
from shop.core.jobs.counts import count_lanes
from shop.core.mail.models import MailState
from shop.core.web.hosts import is_for_this_machine_alone
from shop.plugins import registry
from shop.plugins.api import HealthCheck, db
from shop.plugins.guard import health
from shop.plugins.installed import known, migrations
from shop.plugins.installed.switches import switched_off
from shop.plugins.manager import Registry
from shop.plugins.starting.way_out import PluginTransport

ENOUGH_DISK = 500 * 1024 * 1024
MANY_MAILS = 20
PATIENCE = timedelta(minutes=15)
_NEEDS_ROOM = text(
    "CREATE TEMPORARY TABLE shop_doctor ON COMMIT DROP AS"
    " SELECT repeat('x', 1000) AS room FROM generate_series(1, 2000)"
)
"""Two megabytes of the database's disk, for a moment: a full one still takes rows for which pages are there."""


def all_checks() -> list[HealthCheck]:
    """Every check, the vital ones first."""
    vital: dict[str, Callable[[], str]] = {
        "database": _database,
        "tables": _tables,
        "data folder": _data_folder,
    }
    others: dict[str, Callable[[], str]] = {
        "changes to the database": _writes,
        "disk": _disk,
        "files": _files,
        "secret key": _secret_key,
        "privacy of the data folder": _privacy,
        "address": _address,
        "connections": _connections,
        "mail": _mail,
        "emails waiting": _mails_waiting,
        "Valkey": _valkey,
        "emails refused": _mails_refused,
        "jobs": _jobs,
        "failed jobs": _dead_letters,
        "payment": _payment,
        "plugins": _plugins,
        "hosts": host_checks.same_everywhere,
        "changes of other hosts": host_checks.notified,
    }
    return [
        *(HealthCheck(name, check, is_vital=True) for name, check in vital.items()),
        *(HealthCheck(name, check) for name, check in others.items()),
    ]


def _database() -> str:
    try:
        with db.engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except SQLAlchemyError as error:
        raise Unwell(
            "The database does not answer. Start it, or check SHOP_DATABASE_URL."
        ) from error
    return f"{db.engine.dialect.name} answers"


def _writes() -> str:
    """Whether PostgreSQL takes changes; the disk of a SQLite file is the data folder's, or is looked at there."""
    if db.engine.dialect.name == "postgresql":
        with db.engine.connect() as connection:
            if connection.scalar(text("SHOW transaction_read_only")) == "on":
                raise Unwell(
                    "The database only reads: it stands by for another server. Name the one that writes in "
                    "SHOP_DATABASE_URL."
                )
            try:
                connection.execute(_NEEDS_ROOM)
            except OperationalError as error:
                raise Unwell(
                    "The database takes no changes: nothing is sold, and no form is taken. Probably its disk is full: "
                    "free some space there."
                ) from error
            connection.rollback()
    return "are taken"


def _tables() -> str:
    try:
        is_current = migrations.is_current()
    except SQLAlchemyError:
        raise Unwell("This can’t be checked while the database does not answer.") from None
    if not is_current:
        behind = migrations.plugins_behind()
        whose = f"The tables of {', '.join(behind)}" if behind else "The tables"
        raise Unwell(f"{whose} are not up to date. Run `shop db upgrade`.")
    return "up to date"


def _data_folder() -> str:
    try:
        with tempfile.TemporaryFile(dir=app_state().config.data_dir) as file:
            file.write(b"x")
            file.flush()
    except OSError as error:
        raise Unwell(
            f"The folder is not writable ({error.strerror}). Check its owner, its permissions and its disk."
        ) from None
    return "is writable"


def _disk() -> str:
    free = shutil.disk_usage(app_state().config.data_dir).free
    if free < ENOUGH_DISK:
        raise Unwell(
            f"Only {free // 1024 // 1024} MB of disk space are left for the data folder. Free some space."
        )
    return f"{free // 1024 // 1024} MB free"


def _files() -> str:
    """Whether uploads and files for sale can be reached where they are kept."""
    try:
        next(iter(storage.store().names()), None)
    except BucketAway as error:
        raise Unwell(
            f"{error}. Nothing can be uploaded or downloaded. Check SHOP_FILES_URL and the keys."
        ) from None
    return "in a bucket, which answers" if app_state().config.files_url else "in the data folder"


def _secret_key() -> str:
    path = app_state().config.data_dir / SECRET_KEY
    if app_state().config.secret_key:
        return "from the environment"
    _require_private(path)
    return "kept in the data folder, readable only by this user"


def _privacy() -> str:
    """The folder's and, with SQLite, the database's."""
    config = app_state().config
    _require_private(config.data_dir)
    url = make_url(config.effective_database_url)
    if url.get_backend_name() == "sqlite" and url.database and Path(url.database).exists():
        _require_private(Path(url.database))
    return "readable only by this user"


def _require_private(path: Path) -> None:
    if stat.S_IMODE(path.stat().st_mode) & OTHERS:
        raise Unwell(f"Other users of this machine can read it. Run: chmod go= {path}")


def _address() -> str:
    address = app_state().config.base_url
    if _is_for_us_alone():
        return f"{address} works only on this machine; set SHOP_BASE_URL for visitors from outside"
    if not address.startswith("https://"):
        raise Unwell(
            f"{address} does not use https, so others on the network can read the traffic. Set SHOP_BASE_URL."
        )
    return address


def _connections() -> str:
    to_do = readable_on_the_way(app_state().config)
    if to_do:
        raise Unwell(
            f"Others may read what we exchange with another machine. To encrypt it, {'; '.join(to_do)}."
        )
    return "those to other machines are encrypted"


def _is_for_us_alone() -> bool:
    """Whether nobody but this machine reaches the site: a trial, of which less is expected."""
    return is_for_this_machine_alone(app_state().config)


def _mail() -> str:
    transport = app_state().mail.transport
    if isinstance(transport, PluginTransport):
        if transport.is_off:
            raise Unwell("The plugin that sends emails is switched off, so emails wait.")
        return f"sent by a plugin, as {transport.kind.name}://"
    if app_state().config.smtp_url and not mail.is_configured():
        raise Unwell("In safe mode the plugin that sends emails is left out, so emails wait.")
    if not mail.is_configured():
        if _is_for_us_alone():
            return "no mail server is set up, so emails wait; set SHOP_SMTP_URL to send them"
        raise Unwell("No mail server is set up, so emails wait. Set SHOP_SMTP_URL.")
    if app_state().config.smtp_url.startswith("file:"):
        return "saved to a folder, not sent"
    return "sent through a mail server"


def _valkey() -> str:
    """Whether the counters of rate limits are shared; while they are not, each process counts for itself."""
    config = app_state().config
    if not config.valkey_url:
        return "not used; each process counts rate limits for itself"
    # Imported here, because it loads the client of Valkey, which a site without one need not pay.
    from shop.core.web.limits import limit_counters

    refusal = limit_counters.why_nothing_counts(config.limits_url)
    if refusal:
        raise Unwell(
            f"Valkey counts nothing ({refusal}), so each process counts rate limits for itself. Start it, "
            "or check SHOP_VALKEY_URL; if it is full, give it `maxmemory-policy allkeys-lru`."
        )
    return "counts"


def _mails_waiting() -> str:
    late = queries.mails_in(MailState.WAITING, before=clock.now() - PATIENCE)
    if late > MANY_MAILS:
        raise Unwell(
            f"Emails that have waited for more than 15 minutes: {late}. See the Emails page of the admin."
        )
    return f"{late} for more than 15 minutes"


def _mails_refused() -> str:
    refused = queries.mails_in(MailState.REFUSED)
    if refused:
        raise Unwell(
            f"Emails that were refused for good: {refused}. See the Emails page of the admin."
        )
    return "none"


def _jobs() -> str:
    lanes = count_lanes()
    last = max(lanes, key=lambda each: each.seconds_behind)
    if last.seconds_behind > PATIENCE.total_seconds():
        raise Unwell(
            f"The oldest job has been due for {last.seconds_behind / 60:.0f} minutes, in the lane {last.lane.value!r}. "
            "Is `shop run` or `shop worker` running?"
        )
    return f"{sum(each.waiting for each in lanes)} waiting, none for long"


def _dead_letters() -> str:
    dead = queries.jobs_in(JobState.DEAD)
    if dead:
        raise Unwell(f"Jobs that failed for good: {dead}. See the Jobs page of the admin.")
    return "none"


def _plugins() -> str:
    theirs = "; ".join(_plugins_of_others()) or "none of others"
    failing = health.failing_since(clock.now() - timedelta(days=1))
    if failing:
        worst = failing[0]
        raise Unwell(
            f"{len(failing)} parts of plugins failed within a day, the last one {worst.plugin or 'of the site'}: "
            f"{worst.hook} {worst.part}: {worst.last_words}. See the Plugins page of the admin. {theirs}"
        )
    words = [theirs, "nothing failed within a day"]
    words += [
        f"{each.place} is slow: {each.times}" for each in health.troubled() if each.slow_calls
    ]
    words += [f"{name} asks {', '.join(hosts)}" for name, hosts in health.asked_hosts().items()]
    return "; ".join(words)


def _plugins_of_others() -> Iterator[str]:
    off, versions, given = switched_off(), known.versions(), known.contributions()
    for name in sorted(app_state().part(Registry).third_parties):
        hooks = ", ".join(given.get(name, ())) or "nothing"
        yield f"{name} {versions.get(name, '')} {'is switched off' if name in off else f'gives {hooks}'}"


def _payment() -> str:
    if not registry().has("checkout"):
        return "the checkout is off"
    offered = [provider.name for provider in registry().payment_providers if provider.is_offered()]
    if not offered:
        raise Unwell(
            "Nothing can be sold, because no payment method is set up. Set SHOP_STRIPE_SECRET_KEY, "
            "or add a payment plugin. To try it out, set SHOP_TEST_PAYMENTS=1."
        )
    is_test = not app_state().config.stripe_secret_key
    if offered == ["stripe"] and is_test and not _is_for_us_alone():
        raise Unwell(
            "Only test payments are possible, so nobody really pays. "
            "Set SHOP_STRIPE_SECRET_KEY instead of SHOP_TEST_PAYMENTS."
        )
    return ", ".join(offered)
