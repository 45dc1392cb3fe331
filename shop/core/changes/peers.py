"""The hosts that use one database: what each says of itself, so that `shop doctor` sees where they differ.

A host is a machine, or a container, with a data folder of its own. Whoever listens there
(`shop.core.changes.listener`) writes the row every half a minute.
"""

import hashlib
import hmac
import json
import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import version

from sqlalchemy import JSON, Float, String, func, select
from sqlalchemy.orm import Mapped, mapped_column

from shop.config import Config
from shop.core.database.columns import moment
from shop.extensions import Model, db

EVERY_SECONDS = 30
GONE = timedelta(minutes=2)
"""A host that has said nothing for so long does not run."""
CLOCKS_APART = 2.0

SAY = (
    "INSERT INTO host (name, keys, plugins, version, files, clock_ahead, seen_at) "
    "VALUES ($1, $2::json, $3::json, $4, $5, $6::float8, clock_timestamp()) "
    "ON CONFLICT (name) DO UPDATE SET keys = excluded.keys, plugins = excluded.plugins, "
    "version = excluded.version, files = excluded.files, clock_ahead = excluded.clock_ahead, "
    "seen_at = excluded.seen_at"
)


class Host(Model):
    """What a host last said. `clock_ahead` is in seconds before the database's clock."""

    __tablename__ = "host"

    name: Mapped[str] = mapped_column(String(200), primary_key=True)
    keys: Mapped[list[str]] = mapped_column(JSON)
    plugins: Mapped[list[str]] = mapped_column(JSON)
    version: Mapped[str] = mapped_column(String(40))
    files: Mapped[str] = mapped_column(String(400))
    clock_ahead: Mapped[float] = mapped_column(Float)
    seen_at: Mapped[moment]


@dataclass(frozen=True, slots=True)
class Facts:
    """What must be the same on every host. `keys` are fingerprints, of the key that signs first."""

    name: str
    keys: tuple[str, ...]
    plugins: tuple[str, ...]
    version: str
    files: str

    def as_parameters(self, clock_ahead: float) -> list[str]:
        """For `SAY`."""
        keys, plugins = json.dumps(self.keys), json.dumps(self.plugins)
        return [self.name, keys, plugins, self.version, self.files, str(clock_ahead)]


def facts_of(config: Config) -> Facts:
    """What a host says of itself."""
    return Facts(
        name=f"{socket.gethostname()}:{config.data_dir}"[-200:],
        keys=tuple(map(_fingerprint, config.secret_keys())),
        plugins=(*sorted(config.plugins), *(f"-{name}" for name in sorted(config.features_off))),
        version=version("bookstall"),
        files=config.files_url.partition("?")[0] or "folder",
    )


def _fingerprint(key: str) -> str:
    """Enough of a keyed hash to tell two keys apart, and nothing to sign with."""
    return hmac.new(key.encode(), b"shop.host", hashlib.sha256).hexdigest()[:16]


def running() -> Sequence[Host]:
    """The hosts that said something lately, by name."""
    query = select(Host).where(Host.seen_at > func.now() - GONE).order_by(Host.name)
    return db.session.scalars(query).all()


def differences(own: Facts, hosts: Iterable[Host]) -> list[str]:
    """Where hosts don't fit together, each as a sentence; `own` is where one asks."""
    return [sentence for host in hosts for sentence in _differences(own, host)]


def _differences(own: Facts, host: Host) -> Iterable[str]:
    if host.keys[0] not in own.keys or own.keys[0] not in host.keys:
        yield f"{host.name} has another SHOP_SECRET_KEY, so links of one host do not work on the other."
    if tuple(host.plugins) != own.plugins:
        yield f"{host.name} has other values of SHOP_PLUGINS or SHOP_FEATURES_OFF."
    if host.files != own.files:
        yield f"{host.name} keeps its files elsewhere (SHOP_FILES_URL)."
    if host.version != own.version:
        yield f"{host.name} runs version {host.version}."
    if abs(host.clock_ahead) > CLOCKS_APART:
        yield f"The clock of {host.name} is {host.clock_ahead:+.0f} s off the database’s."
