"""Boot settings from the environment: typed, validated once at the start, never changed afterwards.

What the owner may change while the site runs lives in `shop.core.settings` instead.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from copy import copy
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from sqlalchemy.engine import make_url

from shop import environment

PRIVATE_FOLDER, PRIVATE_FILE, OTHERS = 0o700, 0o600, 0o077
_LIMITS_SCHEMES = {"redis": "valkey", "rediss": "valkeys", "unix": "valkey+unix"}

_ENTRIES: set[str] = set()


def entry(name: str, *companions: str) -> str:
    """Name something of the data folder, with what comes along with it; returns `name`.

    Whoever writes there says so here, where the module begins: what nobody has named is not ours, and is never removed.
    """
    _ENTRIES.update((name, *companions))
    return name


def entries() -> frozenset[str]:
    """The names of all that we may have written into a data folder."""
    return frozenset(_ENTRIES)


SECRET_KEY = entry("secret_key")
DATABASE = entry("shop.sqlite3", "shop.sqlite3-wal", "shop.sqlite3-shm", "shop.sqlite3-journal")
FILES = entry("files")
_MADE_BY_US = (SECRET_KEY, DATABASE, "purge-board")


class ConfigError(Exception):
    """A setting of the environment is wrong. The text is one line: which, why, and what would be right."""


@dataclass(frozen=True, init=False, repr=False)
class Config:
    """Everything that the environment decides. Field `x_y` is read from `SHOP_X_Y`.

    Args:
        given: values that win over the environment.

    Raises:
        ConfigError: one line that names the variable, why it is wrong and what would be right.
    """

    data_dir: Path = Path("instance")
    front_dir: Path | None = None
    database_url: str = ""
    files_url: str = ""
    single_host: bool = False
    secret_key: str = ""
    secret_key_previous: tuple[str, ...] = ()
    base_url: str = "http://127.0.0.1:8000"
    valkey_url: str = ""
    allowed_hosts: tuple[str, ...] = ()
    private_hosts: tuple[str, ...] = ()
    smtp_url: str = ""
    mail_from: str = "Bookstall <bookstall@localhost>"
    stripe_secret_key: str = ""
    stripe_webhook_secret: str = ""
    test_payments: bool = False
    plugins: tuple[str, ...] = ()
    features_off: tuple[str, ...] = ()
    safe_mode: bool = False
    trusted_proxies: int = 0
    metrics_token: str = ""
    access_log: bool = False
    debug: bool = False

    def __init__(self, **given: Any) -> None:
        known = {field.name: field.default for field in fields(Config)}
        if unknown := given.keys() - known.keys():
            raise TypeError(f"no such settings: {', '.join(sorted(unknown))}")
        told = {**environment.told(known), **given}
        for name, default in known.items():
            try:
                value = environment.READERS.get(name, str)(told.get(name, default))
            except ValueError as error:
                raise ConfigError(f"{environment.variable(name)}: {error}") from None
            object.__setattr__(self, name, value)
        object.__setattr__(self, "_given", frozenset(told))
        self._require_stripe_whole()
        self._require_a_key_for_hosts()

    def is_given(self, name: str) -> bool:
        """Whether somebody said what this is to be."""
        return name in vars(self)["_given"]

    def changed(self, **values: Any) -> Config:
        """The same with other values, which are taken as they are."""
        other = copy(self)
        vars(other).update(values)
        return other

    def _require_stripe_whole(self) -> None:
        if self.stripe_secret_key and not self.stripe_webhook_secret:
            raise ConfigError(
                "SHOP_STRIPE_WEBHOOK_SECRET is empty while SHOP_STRIPE_SECRET_KEY is set; anyone could "
                "fake a payment. Set it to the whsec_... secret of the webhook endpoint"
            )
        if self.stripe_webhook_secret and not self.stripe_secret_key:
            raise ConfigError(
                "SHOP_STRIPE_SECRET_KEY is empty while SHOP_STRIPE_WEBHOOK_SECRET is set; nobody could pay. Set both, "
                "or neither"
            )

    def _require_a_key_for_hosts(self) -> None:
        if (
            self.database_url.startswith("postgres")
            and not self.secret_key
            and not self.single_host
        ):
            raise ConfigError(
                "SHOP_SECRET_KEY is empty while SHOP_DATABASE_URL names a PostgreSQL; each host would sign with a "
                "key of its own. Give all hosts the same key, or set SHOP_SINGLE_HOST=1 if there is only this one"
            )

    @property
    def effective_database_url(self) -> str:
        """The configured database, or the SQLite file in the data folder."""
        return self.database_url or f"sqlite:///{self.data_dir / DATABASE}"

    @property
    def is_https(self) -> bool:
        """Whether visitors reach the site by HTTPS."""
        return self.base_url.startswith("https://")

    @property
    def limits_url(self) -> str:
        """Where rate limits are counted, as the limiter's library names it: Valkey, or each process by itself."""
        scheme, _, rest = self.valkey_url.partition("://")
        return f"{_LIMITS_SCHEMES.get(scheme, scheme)}://{rest}" if rest else "memory://"

    @property
    def files_dir(self) -> Path:
        """Uploads and the files that are for sale."""
        return self.data_dir / FILES

    def make_database_private(self) -> None:
        """Let nobody else read the SQLite file, and make it so when it is not there: SQLite itself asks the umask."""
        url = make_url(self.effective_database_url)
        name = url.database if url.get_backend_name() == "sqlite" else None
        if not name or name == ":memory:":
            return
        # A folder that is not there is told of when the database is opened. A file that is there is not opened here: to
        # close it again would take from this process all locks of its connections (https://sqlite.org/howtocorrupt.html,
        # 2.2), and a process that leaves would remove the log that this one goes on writing to.
        with contextlib.suppress(OSError):
            os.close(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE))
        for path in map(Path, (name, f"{name}-wal", f"{name}-shm")):
            if path.exists():
                keep_private(path)

    def make_data_dir(self) -> None:
        """Make the data folder, unless it is there.

        Raises:
            ConfigError: we can't, or may not write into it.
        """
        try:
            self.data_dir.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
            if any((self.data_dir / name).exists() for name in _MADE_BY_US):
                keep_private(self.data_dir)
            writable = os.access(self.data_dir, os.W_OK | os.X_OK)
        except OSError as error:
            raise _wrong_folder(error.strerror or str(error)) from None
        if not writable:
            raise _wrong_folder(f"{self.data_dir} is not writable")

    def secret_keys(self) -> tuple[str, ...]:
        """The key that signs, then those before it, which are still taken.

        Without a configured one, a key is made on first use and kept in the data folder, readable by us alone. That
        file may hold several, one a line, the newest first.

        Raises:
            ConfigError: the file holds none, or one that is too short.
        """
        keys = (self.secret_key,) if self.secret_key else self._keys_of_folder()
        return (*keys, *self.secret_key_previous)

    def _keys_of_folder(self) -> tuple[str, ...]:
        path = self.data_dir / SECRET_KEY
        self.make_data_dir()
        with contextlib.suppress(FileExistsError):
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(secrets.token_urlsafe(48))
        lines = path.read_text(encoding="utf-8").splitlines()
        keys = tuple(line.strip() for line in lines if line.strip())
        if not keys or min(map(len, keys)) < environment.SHORTEST_KEY:
            raise ConfigError(f"SHOP_SECRET_KEY: {path} holds no key, or one that is too short")
        return keys


def keep_private(path: Path) -> None:
    """Let nobody but us read a file or folder; one of somebody else's stays as it is, and `shop doctor` says so."""
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & OTHERS:
        with contextlib.suppress(PermissionError):
            path.chmod(mode & ~OTHERS)


def _wrong_folder(reason: str) -> ConfigError:
    return ConfigError(f"SHOP_DATA_DIR: {reason}; choose a folder that this user can write to")


def load(**overrides: Any) -> Config:
    """Read the environment; `overrides` win.

    Raises:
        ConfigError: see `Config`.
    """
    return Config(**overrides)
